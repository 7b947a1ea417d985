/** The starter's HTTP surface: a signed batch in, a verdict an event out; health, readiness and metrics. */
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import * as v from 'valibot';
import { verifyBatch } from '../../shared/contract/batch-signature.ts';
import {
  BATCH_EVENTS_LIMIT,
  type BatchAnswer,
  EVENT_DATA_SCHEMA,
  type Envelope,
  type Verdict,
} from '../../shared/contract/envelope.ts';
import { EnvelopeSchema, ForeignEnvelopeSchema } from '../../shared/contract/envelope-schema.ts';
import { traceIdOf } from '../../shared/contract/trace.ts';
import type { Log } from '../log.ts';
import type { StarterMetrics } from './metrics.ts';

/** A batch of 100 normalised events stays far below; Temporal's own limit for one call is 4 MiB. */
const BATCH_LIMIT_BYTES = 2 * 1024 * 1024;

export type StarterDeps = {
  readonly secrets: readonly string[];
  readonly forward: (envelopes: readonly Envelope[]) => Promise<readonly Verdict[]>;
  readonly isReady: () => Promise<boolean>;
  readonly metrics: StarterMetrics;
  readonly now: () => number;
  readonly log: Log;
};

const refusal = (error: string, message: string) => ({ error, message });

export function createStarterApp(deps: StarterDeps): Hono {
  const app = new Hono();

  const withinLimit = bodyLimit({
    maxSize: BATCH_LIMIT_BYTES,
    onError: (c) => c.json(refusal('too-large', 'Cannot take batch: body is over the limit'), 413),
  });
  app.post('/events', withinLimit, async (c) => {
    const body = await c.req.text();
    const header = (name: string) => c.req.header(name) ?? null;
    const verified = await verifyBatch(
      body,
      {
        'webhook-id': header('webhook-id'),
        'webhook-timestamp': header('webhook-timestamp'),
        'webhook-signature': header('webhook-signature'),
      },
      deps.now(),
      deps.secrets,
    );
    if (!verified.ok) {
      deps.log.warn({ reason: verified.error }, 'batch refused');
      return c.json(refusal('unauthorized', 'Cannot take batch: signature is not valid'), 401);
    }
    const batch = parseBatch(body);
    if (batch === null)
      return c.json(refusal('malformed', 'Cannot take batch: not an array of envelopes'), 400);
    const verdicts = await takeBatch(batch, deps);
    return c.json({ verdicts: [...verdicts] } satisfies BatchAnswer);
  });

  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', async (c) =>
    (await deps.isReady())
      ? c.json({ status: 'ready' })
      : c.json(refusal('not-ready', 'Cannot serve: Temporal is not reachable'), 503),
  );
  app.get('/metrics', async (c) =>
    c.text(await deps.metrics.text(), 200, { 'content-type': deps.metrics.contentType }),
  );
  app.notFound((c) => c.json(refusal('not-found', 'Cannot answer: no such route'), 404));
  app.onError((error, c) => {
    deps.log.error({ error: error.message }, 'request failed');
    return c.json(refusal('internal', 'Cannot answer: unexpected fault, see the log'), 500);
  });
  return app;
}

function parseBatch(body: string): readonly unknown[] | null {
  try {
    const batch: unknown = JSON.parse(body);
    return Array.isArray(batch) && batch.length <= BATCH_EVENTS_LIMIT ? batch : null;
  } catch {
    return null;
  }
}

/** Each entry by itself: one that cannot be read does not hold the others up. */
async function takeBatch(
  entries: readonly unknown[],
  { forward, metrics, log }: StarterDeps,
): Promise<readonly Verdict[]> {
  const read = entries.map(readEnvelope);
  const envelopes = read.flatMap((entry) => ('data' in entry ? [entry] : []));
  const taken = new Map((await forward(envelopes)).map((verdict) => [verdict.id, verdict]));
  const verdicts = read.map((entry) =>
    'data' in entry ? (taken.get(entry.id) ?? { id: entry.id, verdict: 'retry' as const }) : entry,
  );
  for (const [index, verdict] of verdicts.entries()) {
    const entry = read[index];
    const envelope = entry !== undefined && 'data' in entry ? entry : null;
    metrics.count(envelope?.data.type ?? 'unknown', verdict.verdict);
    log[verdict.verdict === 'refused' || verdict.verdict === 'retry' ? 'warn' : 'info'](
      {
        key: verdict.id,
        deliveryId: envelope?.deliveryid,
        traceId: envelope === null ? undefined : traceIdOf(envelope.traceparent),
        eventType: envelope?.data.type,
        executionId: verdict.executionId,
        verdict: verdict.verdict,
        reason: verdict.reason,
      },
      'event forwarded',
    );
  }
  return verdicts;
}

/** All that a verdict needs to know of an entry: without its id the edge could not tell which one was refused. */
const NamedSchema = v.object({ id: v.string() });

/** Where an envelope says what its event is; a later version may know more of them. */
const EVENT_NAMES: readonly string[] = ['data.about', 'data.type'];

/** The envelope, or the verdict on an entry that is none of ours to handle. */
function readEnvelope(entry: unknown): Envelope | Verdict {
  const parsed = v.safeParse(EnvelopeSchema, entry);
  if (parsed.success) return parsed.output;
  const field = v.getDotPath(parsed.issues[0]) ?? 'envelope';
  const foreign = v.safeParse(ForeignEnvelopeSchema, entry);
  if (foreign.success && foreign.output.dataschema !== EVENT_DATA_SCHEMA)
    return { id: foreign.output.id, verdict: 'retry', reason: 'dataschema is not known here' };
  if (foreign.success && EVENT_NAMES.includes(field))
    return { id: foreign.output.id, verdict: 'retry', reason: `${field} is not known here` };
  const named = v.safeParse(NamedSchema, entry);
  const id = named.success ? named.output.id : '';
  return { id, verdict: 'refused', reason: `${field} is malformed` };
}
