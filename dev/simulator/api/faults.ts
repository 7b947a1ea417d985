/** Bad days on order: the next so many answers to an operation are errors, late, or both. */

export type Fault = {
  /** Root field of the document, or `any`. */
  readonly operation: string;
  /** HTTP status of the answer; without one the answer is the true one, only late. */
  readonly status?: number;
  /** Message of a GraphQL error with status 200, in place of a status. */
  readonly message?: string;
  /** Whether the operation is carried out although its answer is lost. */
  readonly created: boolean;
  readonly hangMs: number;
  readonly retryAfterSeconds?: number;
};

export class FaultBook {
  #waiting: { readonly fault: Fault; times: number }[] = [];

  add(fault: Fault, times: number): void {
    this.#waiting.push({ fault, times });
  }

  clear(): void {
    this.#waiting = [];
  }

  list(): readonly (Fault & { readonly times: number })[] {
    return this.#waiting.map(({ fault, times }) => ({ ...fault, times }));
  }

  /** The fault of this request, used up by one. */
  take(operations: readonly string[]): Fault | null {
    const found = this.#waiting.find(
      ({ fault: { operation } }) => operation === 'any' || operations.includes(operation),
    );
    if (found === undefined) return null;
    found.times -= 1;
    if (found.times === 0) this.#waiting = this.#waiting.filter((each) => each !== found);
    return found.fault;
  }
}
