/**
 * What the edge answers, as schemas: for the OpenAPI document and for tests, never in the bundle. Types hold them to what
 * the routes return (test/edge/operator/answers.test.ts), so that neither can change alone.
 */
import * as v from 'valibot';
import { DELIVERY_STATUSES } from '../inbox/inbox.ts';
import { PUBLIC_REASONS } from './refusals.ts';

const said = <const Schema extends v.GenericSchema>(schema: Schema, words: string) =>
  v.pipe(schema, v.description(words));

const text = (words: string) => said(v.string(), words);
const textOrNull = (words: string) => said(v.nullable(v.string()), words);
const count = (words: string) => said(v.pipe(v.number(), v.integer(), v.minValue(0)), words);
const epochMs = (words: string) => said(v.pipe(v.number(), v.integer()), `${words}; epoch ms`);
const epochMsOrNull = (words: string) =>
  said(v.nullable(v.pipe(v.number(), v.integer())), `${words}; epoch ms`);

const nextCursor = textOrNull('pass it as `cursor` for the next page; null on the last one');

export const ReceiptSchema = v.strictObject({
  deliveryId: text('of the delivery that is kept; that of the earlier one for a duplicate'),
  status: said(
    v.picklist(['accepted', 'duplicate', 'unparsed', 'parked']),
    '`accepted`: on its way to the starter. `duplicate`: kept before. `unparsed`: kept, not understood. `parked`: kept, not forwarded',
  ),
  reason: v.exactOptional(text('why it is unparsed or parked')),
  hint: v.exactOptional(text('how to ask for another run, when an intent is a duplicate')),
});

export const RefusalSchema = v.strictObject({
  error: said(v.picklist(PUBLIC_REASONS), 'the reason, one of a closed set'),
  message: text('the same for people; names a field that is wrong, never its value'),
});

export const HealthSchema = v.strictObject({
  status: said(
    v.picklist(['ok', 'unconfigured']),
    '`unconfigured`: no webhook has a secret, so every delivery is answered 503',
  ),
  webhooks: v.strictObject({
    configured: count('webhooks that accept deliveries'),
    withoutSecret: count('webhooks whose secret, or that of their second factor, is not set'),
  }),
  starter: said(
    v.picklist(['configured', 'unconfigured']),
    '`unconfigured`: deliveries are kept and go nowhere',
  ),
  operator: said(
    v.picklist(['configured', 'unconfigured']),
    '`unconfigured`: nobody can look into the inbox',
  ),
  failures: v.strictObject({
    consecutive: count('genuine deliveries in a row that could not be kept, of the worst webhook'),
    limit: count('after so many Spacelift switches a webhook off'),
  }),
});

export const MisconfiguredSchema = v.strictObject({
  status: v.literal('misconfigured'),
  error: v.literal('inbox-unavailable'),
  message: text('the log names the variable'),
});

const OutageSchema = said(
  v.nullable(
    v.strictObject({
      failures: count('how often in a row the starter did not answer'),
      since: epochMs('first failure'),
      at: epochMs('last failure'),
      until: epochMs('when it is asked again'),
      lastError: text('what the edge got in place of an answer'),
    }),
  ),
  'while the starter does not answer; null when it does',
);

const verdict = v.nullable(
  v.picklist(['started', 'signalled', 'already-handled', 'refused', 'retry']),
);

const summary = {
  seq: count('place in its inbox, in the order of arrival'),
  deliveryId: text('as in the receipt'),
  key: text('what makes two deliveries the same'),
  webhook: text('name of the webhook it came through'),
  eventType: text('such as `triggered`, `completed`, `failed`; `unparsed` when not understood'),
  status: said(
    v.picklist(DELIVERY_STATUSES),
    '`pending`: will be forwarded. `delivered`: the starter has it. `parked`: given up, see `reason`. `unparsed`: not understood',
  ),
  reason: textOrNull(
    'why it is parked or unparsed; `lingering`: it decides nothing and waits for company',
  ),
  attempts: count('how often the starter answered'),
  redeliveries: count('how often an operator has sent it again'),
  nextAttemptAt: epochMs('for a pending one: not before this; 0 for as soon as may be'),
  lastError: textOrNull('what kept the last attempt from getting through'),
  verdict: said(verdict, 'last answer of the starter'),
  executionId: textOrNull('workflow id of the execution that was told'),
  receivedAt: epochMs('when it was received'),
  settledAt: epochMsOrNull('when it was delivered or parked'),
  bodyBytes: count('size of the body as received'),
  traceId: text('search all logs for it'),
  secretLabel: textOrNull('which secret matched: `current` or `previous`'),
  hasEnvelope: said(
    v.boolean(),
    'false when unparsed, or when the retention of a delivered one has passed',
  ),
};

const DeliverySchema = v.strictObject(summary);

export const FoundDeliverySchema = v.strictObject({
  inbox: text('name of its inbox: `<account>/<stack>`, `<account>/-` or `webhook:<name>`'),
  ...summary,
});

export const PageSchema = v.strictObject({
  deliveries: said(
    v.array(FoundDeliverySchema),
    'inbox by inbox, newest first in each; may be empty although more pages follow',
  ),
  nextCursor,
});

const AttemptSchema = v.strictObject({
  at: epochMs('of the first one when it stands for several'),
  count: count('how many attempts; more than one while the starter did not answer'),
  verdict: said(verdict, 'null when the starter did not answer'),
  error: textOrNull('what went wrong'),
});

const BodySchema = v.strictObject({
  form: said(v.picklist(['redacted', 'raw']), 'as asked for'),
  content: said(
    v.unknown(),
    'redacted: its JSON without texts that could name a person or hold a secret, null if it is no JSON. raw: the text itself',
  ),
});

export const DetailsSchema = v.strictObject({
  inbox: text('name of its inbox'),
  outage: OutageSchema,
  delivery: DeliverySchema,
  headers: said(
    v.record(v.string(), v.string()),
    '`Content-Type`, `User-Agent` and Spacelift’s trace id, as far as they came',
  ),
  attempts: said(v.array(AttemptSchema), 'oldest first; long stories are cut in the middle'),
  envelope: said(v.unknown(), 'what goes to the starter, a CloudEvent; null when there is none'),
  body: said(v.nullable(BodySchema), 'null when not asked for, or when its retention has passed'),
});

const statusCounts = {
  pending: count('will be forwarded'),
  delivered: count('the starter has them; until their keys are pruned'),
  parked: count('given up, redeliverable'),
  unparsed: count('not understood, redeliverable'),
};

export const CountsSchema = v.strictObject({
  total: said(v.strictObject(statusCounts), 'of the inboxes on this page'),
  inboxes: v.array(
    v.strictObject({
      inbox: text('its name'),
      ...statusCounts,
      oldestPendingAt: epochMsOrNull('when the first pending delivery was received'),
      outage: OutageSchema,
    }),
  ),
  nextCursor,
});

export const OutcomeSchema = v.strictObject({
  dryRun: said(v.boolean(), 'true: nothing was changed'),
  meaning: textOrNull('what `force` has brought about'),
  results: said(
    v.array(
      v.strictObject({
        ...FoundDeliverySchema.entries,
        remedy: said(
          v.picklist(['send-again', 'read-again', 'send-copy', 'none']),
          '`send-again`: under its key. `read-again`: held back by the edge, read anew, moved and sent if it may go now. `send-copy`: forced, under a new key. `none`: its retention has passed',
        ),
      }),
    ),
    'oldest first of the page: how each stands now, pending with `lastError` if the starter did not answer in time',
  ),
  unknown: said(v.array(v.string()), 'ids of which no delivery was found'),
  nextCursor,
});
