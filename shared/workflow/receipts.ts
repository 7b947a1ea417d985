/** What routes answered for the run so far, and which of them are being told something. */
export type Receipts = { readonly known: Map<string, string>; readonly busy: Set<string> };

export const createReceipts = (carried: Iterable<readonly [string, string]> = []): Receipts => ({
  known: new Map(carried),
  busy: new Set(),
});
