/**
 * The whole way of a delivery, with parts as they are deployed: the edge on Node, the starter's app, the workers, a real
 * Temporal server. What is planted in payloads and in the simulated account must be found nowhere behind the edge.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Payload } from '@temporalio/common';
import { defaultPayloadConverter } from '@temporalio/common';
import pino from 'pino';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { SpaceliftEventSchema } from '../../shared/contract/envelope-schema.ts';
import { laneExecutionId } from '../../shared/contract/ids.ts';
import { parsePayloadKeys } from '../../shared/payloads/keys.ts';
import { toTemporalLogger } from '../../worker/log.ts';
import { serve, type Server } from '../../worker/serve.ts';
import { createStarterApp } from '../../worker/starter/app.ts';
import { forwardBatch } from '../../worker/starter/forwarder.ts';
import { createStarterMetrics } from '../../worker/starter/metrics.ts';
import { eventually } from '../../dev/launcher/eventually.ts';
import { ACCOUNT } from '../events.ts';
import { deliver, WEBHOOK_SECRET } from '../runtimes/kit/deliveries.ts';
import { type Edge, startEdge } from '../runtimes/kit/edge.ts';
import { OPERATOR_TOKEN } from '../runtimes/kit/operator.ts';
import { ENVELOPE_SECRET } from '../runtimes/kit/starter.ts';
import { type Harness, SETTINGS, startHarness } from './harness.ts';
import { type RawRecords, readRawRecords } from './raw-records.ts';

const FIXTURES = new URL('../fixtures/payloads/', import.meta.url);

/** Of people and secrets: in the fixtures, in the simulated account, and in what the test itself sends. */
const PLANTED = [
  'ada@lovelace.example',
  'ada-lovelace',
  'Ada Lovelace',
  'charles',
  'Open the port Charles asked for',
  '203.0.113.77',
  '+44-20-7946-0815',
  'T0PS3CRET',
  'TF_VAR_pager_number',
  'octocat',
  'Mona Octocat',
  'Change main.tf',
  'http-planted-header',
  '192.0.2.44',
  'simulator-secret',
  WEBHOOK_SECRET,
  ENVELOPE_SECRET,
];

/** Simple texts of the fixtures: whoever looks for planted ones must be able to find these. */
const fixtures = readdirSync(FIXTURES)
  .filter((name) => !name.startsWith('docs-'))
  .map((name) => [name, readFileSync(new URL(name, FIXTURES), 'utf8')] as const);

/** Of our account, so that Spacelift may be asked about the run. */
const ofOurs = (text: string) => text.replaceAll('"acme"', `"${ACCOUNT}"`);

type Scene = {
  readonly harness: Harness;
  readonly edge: Edge;
  readonly starter: Server;
  readonly lines: readonly string[];
  readonly records: RawRecords;
};

/** The server's own message where a signal came while a task was under way. */
const SERVER_SAYS = new Set(['UnhandledCommand']);

const PATIENCE_MS = 40_000;

const KEY = `2026-11:${Buffer.alloc(32, 3).toString('base64')}`;

describe.each([
  { codec: 'off', keys: '' },
  { codec: 'on', keys: KEY },
])('with the payload codec $codec', ({ codec, keys }) => {
  let scene: Scene;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    const lines: string[] = [];
    const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
    const payloadKeys = parsePayloadKeys(keys) ?? [];
    const settings = { ...SETTINGS, encodesFailures: payloadKeys.length > 0 };
    const harness = await startHarness(
      inject('temporalCli'),
      {},
      { payloadKeys, logger: toTemporalLogger(log) },
    );
    const starter = await serve(
      createStarterApp({
        secrets: [ENVELOPE_SECRET],
        forward: (envelopes) =>
          forwardBatch(envelopes, {
            executions: harness.executions,
            routing: async () => ({ settings, observedRunTypes: ['TRACKED', 'TASK', 'TESTING'] }),
            now: Date.now,
          }),
        isReady: async () => true,
        metrics: createStarterMetrics(),
        now: Date.now,
        log,
      }),
      '127.0.0.1',
      0,
    );
    const edge = await startEdge('node', {
      env: {
        WEBHOOKS: JSON.stringify({
          default: {
            account: ACCOUNT,
            accounts: ['*'],
            intents: { stacks: ['*'], runTypes: ['TRACKED'] },
          },
        }),
        SPACELIFT_WEBHOOK_SECRET: WEBHOOK_SECRET,
        ENVELOPE_SECRET,
        STARTER_URL: starter.url,
        OPERATOR_TOKEN,
        LOG_LEVEL: 'trace',
      },
    });
    stop = async () => {
      await edge[Symbol.asyncDispose]();
      await harness.stop();
      await starter.close();
    };
    await play(harness, edge);
    scene = { harness, edge, starter, lines, records: await readRawRecords(harness.env.client) };
  });

  afterAll(() => stop?.());

  test('every kind of execution has been there', () => {
    const ids = scene.records.executionIds.join('\n');
    for (const kind of ['/run/', '/trigger/', '/event/', '/lane']) expect(ids).toContain(kind);
  });

  test('what is planted was in the deliveries, and is nowhere in what the server keeps', () => {
    const sent = fixtures.map(([, text]) => text).join();
    expect(PLANTED.filter((planted) => sent.includes(planted)).length).toBeGreaterThan(7);
    for (const planted of PLANTED) {
      const found = scene.records.texts.filter(({ text }) =>
        text.toLowerCase().includes(planted.toLowerCase()),
      );
      expect(found, planted).toEqual([]);
    }
  });

  test('nor in a line that edge, starter or worker has logged', () => {
    const { lines, edge } = scene;
    const logged = [...lines, ...edge.lines.map((line) => JSON.stringify(line))];
    for (const message of ['Delivery accepted', 'event forwarded', 'run event', 'run triggered'])
      expect(logged.some((line) => line.includes(message))).toBe(true);
    for (const planted of PLANTED)
      expect(
        logged.filter((line) => line.toLowerCase().includes(planted.toLowerCase())),
        planted,
      ).toEqual([]);
  });

  if (codec === 'off')
    test('events in signals and inputs are the normalised ones, field by field', async () => {
      const { client } = scene.harness.env;
      let events = 0;
      for (const executionId of scene.records.executionIds) {
        const { events: history } = await client.workflow.getHandle(executionId).fetchHistory();
        for (const event of eventsIn(history ?? [])) {
          expect(v.parse(SpaceliftEventSchema, event)).toEqual(event);
          events += 1;
        }
      }
      expect(events).toBeGreaterThan(fixtures.length / 2);
    });
  else {
    test('every payload but search attributes is encrypted', () => {
      const { payloads } = scene.records;
      const isSearchAttribute = (path: string) => /\.indexedFields\.\w+$/.test(path);
      const clear = payloads.filter(
        ({ path, encoding }) => encoding !== 'binary/encrypted' && !isSearchAttribute(path),
      );
      expect(clear).toEqual([]);
      for (const field of ['.userMetadata', '.encodedAttributes', '.input', '.result'])
        expect(
          payloads.some(({ path }) => path.includes(field)),
          field,
        ).toBe(true);
    });

    test('messages and stack traces of failures are encrypted', () => {
      const told = scene.records.texts.filter(({ path }) =>
        /failure(?:\.cause)*\.(?:message|stackTrace)$/i.test(path),
      );
      const ours = told.filter(({ text }) => text !== '' && !SERVER_SAYS.has(text));
      expect(ours.length).toBeGreaterThan(0);
      expect(new Set(ours.map(({ text }) => text))).toEqual(new Set(['Encoded failure']));
    });

    test('stack ids and states stand in ids, fairness keys and search attributes alone', () => {
      const { texts } = scene.records;
      const elsewhere = texts.filter(
        ({ path, text }) =>
          /network|privacy-stack|UNCONFIRMED|PLANNING|APPLYING/.test(text) &&
          !/\.(?:workflowId|originalExecutionRunId|fairnessKey)$|\.indexedFields\./.test(path),
      );
      expect(elsewhere).toEqual([]);
    });

    test('results are read through the codec, and not without it', async () => {
      const lane = laneExecutionId(ACCOUNT, 'privacy-stack');
      const intent = lane.replace(/lane$/, 'trigger/key.privacy');
      expect(await scene.harness.handleOf(intent).result()).toMatchObject({ outcome: 'failed' });
    });
  }
});

/** Sends all fixtures, and an intent whose run fails with a note that holds what notes hold. */
async function play(harness: Harness, edge: Edge): Promise<void> {
  const stackId = await harness.addStack('privacy-stack');
  await harness.control('POST', `/stacks/${stackId}/script`, {
    failAt: 'APPLYING',
    note: 'denied for ada@lovelace.example from 192.0.2.44',
  });
  for (const family of ['default', 'run_updated'])
    await harness.control('POST', '/webhooks', {
      name: `edge ${family}`,
      url: `${edge.url}/webhooks/spacelift`,
      secret: WEBHOOK_SECRET,
      family,
    });
  const headers = { 'User-Agent': 'http-planted-header', 'X-Forwarded-For': '192.0.2.44' };
  for (const [, text] of fixtures) await deliver(edge, ofOurs(text), { headers });
  // Of an account without a key: asking Spacelift fails, and the failure is kept.
  for (const [, text] of fixtures) await deliver(edge, text, { headers });
  await deliver(edge, {
    event_type: 'triggered',
    stack_id: stackId,
    idempotency_key: 'privacy',
    requested_by: 'ada@lovelace.example',
  });
  const operator = { headers: { Authorization: `Bearer ${OPERATOR_TOKEN}` } };
  await eventually('everything forwarded', PATIENCE_MS, async () => {
    const counts = await fetch(`${edge.url}/inbox/counts`, operator);
    const { total } = (await counts.json()) as { total: { pending: number } };
    return total.pending === 0 ? total : null;
  });
  const { workflow } = harness.env.client;
  await eventually('events recorded', PATIENCE_MS, async () => {
    for await (const { workflowId } of workflow.list({ query: 'ExecutionStatus = "Running"' }))
      if (workflowId.includes('/event/')) return null;
    return true;
  });
  await harness.handleOf(`spacelift/${ACCOUNT}/${stackId}/trigger/key.privacy`).result();
}

type HistoryEvent = { readonly [attributes: string]: unknown };

/** Every event that stands in a payload of a start or a signal. */
function eventsIn(history: readonly object[]): unknown[] {
  return (history as readonly HistoryEvent[]).flatMap((entry) => {
    const attributes = (entry['workflowExecutionStartedEventAttributes'] ??
      entry['workflowExecutionSignaledEventAttributes']) as
      | { input?: { payloads?: Payload[] | null } | null }
      | null
      | undefined;
    return (attributes?.input?.payloads ?? []).flatMap((payload) => {
      const input = defaultPayloadConverter.fromPayload<Record<string, unknown>>(payload);
      const several = (input['events'] ?? []) as readonly { event: unknown }[];
      return [...several.map(({ event }) => event), ...('event' in input ? [input['event']] : [])];
    });
  });
}
