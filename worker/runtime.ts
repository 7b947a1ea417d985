/** Which runtime this is, for the log and /healthz: "it runs on Bun" should be seen, not believed. */
export const runtimeOf = (
  versions: Readonly<Record<string, string | undefined>>,
): { runtime: string; version: string } =>
  versions['bun'] === undefined
    ? { runtime: 'node', version: versions['node'] ?? 'unknown' }
    : { runtime: 'bun', version: versions['bun'] };
