/**
 * What went wrong with a Spacelift API call, classed by what the caller may do next. The message names the operation and
 * never holds variables: those of the token exchange are the key itself.
 */

/**
 * `final`: the same call will be refused again, and nothing was done. `retryable`: nothing was done, later may work.
 * `ambiguous`: it may have been done, or may yet be.
 */
export type FailureClass = 'final' | 'retryable' | 'ambiguous';

export class SpaceliftFailure extends Error {
  override readonly name = 'SpaceliftFailure';
  readonly operation: string;
  readonly reason: string;
  readonly failureClass: FailureClass;
  /** True when a fresh token may help; the client tries that once by itself. */
  readonly isTokenRefused: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(
    operation: string,
    reason: string,
    failureClass: FailureClass,
    details: { isTokenRefused?: boolean; retryAfterMs?: number | undefined } = {},
  ) {
    super(`Cannot ${operation}: ${reason}`);
    this.operation = operation;
    this.reason = reason;
    this.failureClass = failureClass;
    this.isTokenRefused = details.isTokenRefused ?? false;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** By HTTP status alone, for answers that carry no GraphQL errors. */
export function failureOfStatus(
  operation: string,
  status: number,
  retryAfter: string | null,
): SpaceliftFailure {
  const reason = `status is ${status}`;
  const retryAfterMs = toRetryAfterMs(retryAfter);
  if (status === 401)
    return new SpaceliftFailure(operation, reason, 'final', { isTokenRefused: true });
  if (status === 429) return new SpaceliftFailure(operation, reason, 'retryable', { retryAfterMs });
  if (status >= 500) return new SpaceliftFailure(operation, reason, 'ambiguous', { retryAfterMs });
  return new SpaceliftFailure(operation, reason, 'final');
}

/** Troubles of the server's own, which may have come after the run was made; any other text is taken for a refusal. */
const SERVER_TROUBLE =
  /internal (server )?error|timed?[ -]?out|deadline exceeded|unavailable|try again/i;

/** By the texts of `errors[]`, as far as Spacelift's are known. */
export function failureOfErrors(operation: string, messages: readonly string[]): SpaceliftFailure {
  const reason = messages.join('; ');
  if (/unauthorized/i.test(reason))
    return new SpaceliftFailure(operation, reason, 'final', { isTokenRefused: true });
  return new SpaceliftFailure(
    operation,
    reason,
    SERVER_TROUBLE.test(reason) ? 'ambiguous' : 'final',
  );
}

/** Network faults, of Node and of Bun, that come before anything is sent. */
const NOT_CONNECTED: readonly string[] = [
  'ECONNREFUSED',
  'ConnectionRefused',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
];

/** A connection that was never made surely did nothing; any other network fault may have come after the request. */
export function failureOfNetwork(operation: string, error: unknown): SpaceliftFailure {
  const code = codeOf(error) ?? (error instanceof Error ? codeOf(error.cause) : undefined);
  if (code !== undefined && NOT_CONNECTED.includes(code))
    return new SpaceliftFailure(operation, `connection failed (${code})`, 'retryable');
  const isTimeout = error instanceof Error && error.name === 'TimeoutError';
  const reason = isTimeout ? 'no answer within the deadline' : 'no readable answer';
  return new SpaceliftFailure(operation, reason, 'ambiguous');
}

const codeOf = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;

/** Seconds only; Spacelift sends none by itself, a proxy in front may. */
function toRetryAfterMs(header: string | null): number | undefined {
  const seconds = header === null ? Number.NaN : Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
