/**
 * Forwards one signed batch of envelopes to the starter and reads its verdicts. Never throws: whatever goes wrong is a
 * fault, and a fault means that no event of the batch counts as attempted.
 */
import * as v from 'valibot';
import { signBatch } from '../shared/contract/batch-signature.ts';
import {
  BATCH_MEDIA_TYPE,
  BatchAnswerSchema,
  type BatchAnswer,
  type Verdict,
} from '../shared/contract/envelope.ts';
import { fail, type Result, succeed } from '../shared/contract/result.ts';
import { continueTrace } from '../shared/contract/trace.ts';
import { parseRetryAfter } from './inbox/backoff.ts';
import type { StarterConfig } from './config.ts';

export type Batch = {
  /** Ids of the events, in the order of the envelopes. */
  readonly keys: readonly string[];
  /** JSON texts. */
  readonly envelopes: readonly string[];
  readonly traceparent: string;
};

export type Answer = {
  /** For the first events of the batch; the rest were not attempted. Never empty. */
  readonly verdicts: readonly Verdict[];
  readonly retryAfterMs: number | null;
};

export type ForwardFault = {
  readonly error: string;
  readonly retryAfterMs: number | null;
  /** Waiting will not help: somebody has to put a secret or an address right. */
  readonly isConfiguration: boolean;
};

export type Transport = (batch: Batch) => Promise<Result<Answer, ForwardFault>>;

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** One way to the starter; which it is makes no difference to what travels on it. */
export type StarterRoute = Pick<StarterConfig, 'url' | 'secrets' | 'timeoutMs'> & {
  readonly fetch: Fetch;
  readonly headers: Readonly<Record<string, string>>;
};

/** By its URL, through a tunnel that Access may guard. */
export const routeByUrl = ({ access, ...starter }: StarterConfig, fetch: Fetch): StarterRoute => ({
  ...starter,
  fetch,
  headers:
    access === null
      ? {}
      : { 'CF-Access-Client-Id': access.clientId, 'CF-Access-Client-Secret': access.clientSecret },
});

export type TransportDeps = {
  /** Null when no way is configured. */
  readonly route: StarterRoute | null;
  readonly clock: () => number;
  readonly newId: () => string;
};

/** Statuses by which Access or the starter say that they do not know us. */
const UNKNOWN_TO_STARTER: readonly number[] = [401, 403];

const faultOf = (error: string, retryAfterMs: number | null = null, isConfiguration = false) =>
  fail({ error: `Cannot forward batch: ${error}`, retryAfterMs, isConfiguration });

export function createTransport({ route, clock, newId }: TransportDeps): Transport {
  return async function forward(batch) {
    if (route === null) return faultOf('STARTER_URL or ENVELOPE_SECRET is not set', null, true);
    const body = `[${batch.envelopes.join(',')}]`;
    try {
      const response = await route.fetch(`${route.url}/events`, {
        method: 'POST',
        headers: {
          'content-type': BATCH_MEDIA_TYPE,
          traceparent: continueTrace(batch.traceparent),
          ...(await signBatch(body, newId(), clock(), route.secrets)),
          ...route.headers,
        },
        body,
        // A failed service token may be a redirect to a login page, which would answer 200.
        redirect: 'manual',
        signal: AbortSignal.timeout(route.timeoutMs),
      });
      const retryAfterMs = parseRetryAfter(response.headers.get('Retry-After'), clock());
      if (!response.ok) {
        await response.body?.cancel();
        return faultOf(
          `status is ${response.status}`,
          retryAfterMs,
          UNKNOWN_TO_STARTER.includes(response.status),
        );
      }
      const verdicts = verdictsFor(batch.keys, await response.json());
      return verdicts.length > 0
        ? succeed({ verdicts, retryAfterMs })
        : faultOf('answer has no verdict on it', retryAfterMs);
    } catch (error) {
      return faultOf(String(error));
    }
  };
}

/** The verdicts that are on this batch, in its order, up to the first that is not. */
function verdictsFor(keys: readonly string[], json: unknown): readonly Verdict[] {
  const answer = v.safeParse(BatchAnswerSchema, json);
  const verdicts: BatchAnswer['verdicts'] = answer.success ? answer.output.verdicts : [];
  const stray = verdicts.findIndex(({ id }, index) => id !== keys[index]);
  return stray === -1 ? verdicts : verdicts.slice(0, stray);
}
