/**
 * What went wrong with a Spacelift API call, classed by what the caller may do next. The message names the operation and
 * never holds variables: those of the token exchange are the key itself.
 */

import type { FailureClass } from '../../workflow/messages.ts';

/**
 * `final`: the same call will be refused again, and nothing was done. `retryable`: nothing was done, later may work.
 * `ambiguous`: it may have been done, or may yet be.
 */
export type { FailureClass } from '../../workflow/messages.ts';

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
  retryAfterMs: number | undefined,
): SpaceliftFailure {
  const reason = `status is ${status}`;
  if (status === 401)
    return new SpaceliftFailure(operation, reason, 'final', { isTokenRefused: true });
  if (status === 429) return new SpaceliftFailure(operation, reason, 'retryable', { retryAfterMs });
  if (status >= 500 || status === 408)
    return new SpaceliftFailure(operation, reason, 'ambiguous', { retryAfterMs });
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
  const classes = messages.map(classOf);
  const worst = (['ambiguous', 'retryable'] as const).find((each) => classes.includes(each));
  return new SpaceliftFailure(operation, reason, worst ?? 'final');
}

/** A stack is locked or disabled by somebody who will undo it; a limit passes. Nothing was done meanwhile. */
const PASSING = /\b(locked|disabled)\b|rate limit|too many requests/i;

/** What is refused for now often asks to be tried again. */
function classOf(message: string): FailureClass {
  if (PASSING.test(message)) return 'retryable';
  return SERVER_TROUBLE.test(message) ? 'ambiguous' : 'final';
}

/** Of a call that changes nothing: it surely did nothing, whatever became of its answer. */
export const asNothingDone = (failure: SpaceliftFailure): SpaceliftFailure =>
  failure.failureClass === 'ambiguous'
    ? new SpaceliftFailure(failure.operation, failure.reason, 'retryable', failure)
    : failure;

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

/** Longer is no answer to "when": then the caller's own policy decides. */
const RETRY_AFTER_LIMIT_MS = 24 * 60 * 60 * 1000;

/** Seconds or an HTTP date; Spacelift sends none by itself, a proxy in front may. */
export function toRetryAfterMs(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? '';
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return waitMs <= RETRY_AFTER_LIMIT_MS ? Math.max(waitMs, 0) : undefined;
}
