/** What an outlet's answer means for the notice: final, or to be tried again, and when. Answers' texts are told to nobody. */
import { toRetryAfterMs } from '../../shared/activities/spacelift/failure.ts';
import { SendFailure } from '../../shared/activities/notice-activities.ts';

/** Below 500 these pass by themselves. */
const PASSING: readonly number[] = [408, 425, 429];

/** A `fetch` that throws SendFailure for every answer but a success, so that no vendor's client decides about retries. */
export const strictFetch =
  (fetch: typeof globalThis.fetch): typeof globalThis.fetch =>
  async (input, init) => {
    const answer = await fetch(input, init);
    if (answer.ok) return answer;
    throw failureOfAnswer(answer);
  };

export function failureOfAnswer({ status, headers }: Response): SendFailure {
  if (status >= 300 && status < 400)
    return new SendFailure(`status is ${status}, and redirects are not followed`, true);
  const retryAfterMs = retryAfterOf(headers);
  const isLimit = status === 403 && retryAfterMs !== undefined;
  const isPassing = status >= 500 || PASSING.includes(status) || isLimit;
  return new SendFailure(`status is ${status}`, !isPassing, isPassing ? retryAfterMs : undefined);
}

/** Retry-After, or what GitHub says of a spent limit: none left, and the second at which there is again. */
function retryAfterOf(headers: Headers): number | undefined {
  const now = Date.now();
  const retryAfter = headers.get('retry-after');
  if (retryAfter !== null) return toRetryAfterMs(retryAfter, now);
  if (headers.get('x-ratelimit-remaining') !== '0') return undefined;
  const resetAt = Number(headers.get('x-ratelimit-reset'));
  return Number.isSafeInteger(resetAt) && resetAt > 0
    ? Math.max(resetAt * 1000 - now, 1000)
    : undefined;
}

/** Vendors' clients wrap what our `fetch` throws; whatever else they throw has no message that may be told. */
export function unwrapFailure(error: unknown): unknown {
  let inner: unknown = error;
  for (let depth = 0; depth < 5 && inner instanceof Error; depth += 1) {
    if (inner instanceof SendFailure) return inner;
    inner = 'original' in inner && inner.original !== undefined ? inner.original : inner.cause;
  }
  return error;
}
