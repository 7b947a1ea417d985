/**
 * Every shape a delivery is known to have, as a file, and what it becomes. `docs-*` are Spacelift's own illustrations;
 * the others are made after its documentation and captured deliveries, with invented people in every place where a
 * payload names one.
 */
import { readdirSync, readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { createEnvelope } from '../../../shared/contract/envelope.ts';
import { EnvelopeSchema } from '../../../shared/contract/envelope-schema.ts';
import type { RunEvent, SpaceliftEvent } from '../../../shared/contract/events.ts';
import { sha256Hex } from '../../../shared/contract/hmac.ts';
import { deliveryKeyOf } from '../../../shared/contract/keys.ts';
import { parseBody, type Unparsed } from '../../../shared/contract/parse.ts';

const FOLDER = new URL('../../fixtures/payloads/', import.meta.url);
const RECEIVED_AT = Date.UTC(2025, 10, 23, 15, 30);

/** Account of the webhook's configuration; payloads that name another speak for that one. */
const CONFIGURED = 'configured';

const RUN = '01KAQZ7Q9M3T5V8XW2Y4Z6B8CD';
const HASH = 'b363713a938afcd3c74603827fab79e935b2b09b';

/** A run event of which a payload says no more than it must. */
const run = (told: Partial<RunEvent>): RunEvent => ({
  about: 'run',
  type: 'progressed',
  account: 'acme',
  stackId: 'network',
  runId: RUN,
  state: 'QUEUED',
  stateVersion: null,
  order: 'absent',
  family: 'default',
  occurredAt: null,
  runType: null,
  branch: null,
  commit: null,
  driftDetection: false,
  triggeredBy: null,
  url: null,
  labels: [],
  delta: null,
  userMetadata: [],
  ...told,
});

/** What every commit of these fixtures has in common. */
const MAIN = { branch: 'main', commit: HASH } as const;
const runUrl = (place: string, id: string) => `https://acme.app.spacelift.io/${place}/run/${id}`;

type Outcome = { readonly event: SpaceliftEvent; readonly key: string } | Unparsed;

const DEFAULT_RUNS: Record<string, Outcome> = {
  'docs-default-run-finished': {
    event: run({
      type: 'completed',
      account: 'spacelift-io',
      stackId: 'spacelift-demo',
      runId: '01EF9PFPNFFM2MQXTJKHK1B869',
      state: 'FINISHED',
      stateVersion: 4,
      order: 'exact',
      occurredAt: 1_596_979_684_000,
      runType: 'TRACKED',
      branch: 'master',
      commit: '0ee3a3b7266daf5a1d44a193a0f48ce995fa75eb',
      triggeredBy: { kind: 'other' },
      delta: { added: 0, changed: 0, deleted: 0 },
    }),
    key: 'run/spacelift-io/01EF9PFPNFFM2MQXTJKHK1B869/FINISHED/exact.4',
  },
  'default-run-full': {
    event: run({
      ...MAIN,
      type: 'waiting',
      state: 'UNCONFIRMED',
      stateVersion: 5,
      order: 'exact',
      occurredAt: 1_763_911_064_001,
      runType: 'TRACKED',
      triggeredBy: { kind: 'other' },
      url: runUrl('stack/network', RUN),
      labels: ['team:platform', 'dependsOn:accounts'],
      delta: { added: 2, changed: 1, deleted: 0 },
    }),
    key: `run/acme/${RUN}/UNCONFIRMED/exact.5`,
  },
  'default-run-task': {
    event: run({
      ...MAIN,
      runId: '01KAR0A1S4PFXN3M2QJ7WV5E9T',
      stateVersion: 0,
      order: 'exact',
      occurredAt: 1_763_912_000_999,
      runType: 'TASK',
      triggeredBy: { kind: 'api-key', keyId: '01JW1Q2R3S4T5V6W7X8Y9Z0ABC' },
      url: runUrl('stack/network', '01KAR0A1S4PFXN3M2QJ7WV5E9T'),
      labels: ['team:platform', 'dependsOn:accounts'],
    }),
    key: 'run/acme/01KAR0A1S4PFXN3M2QJ7WV5E9T/QUEUED/exact.0',
  },
  'default-run-unknown-state': {
    event: run({
      ...MAIN,
      state: 'AWAITING_MOONRISE',
      stateVersion: 7,
      order: 'exact',
      occurredAt: 1_763_911_064_000,
      runType: 'PROPOSED',
      driftDetection: true,
      triggeredBy: { kind: 'vcs' },
    }),
    key: `run/acme/${RUN}/AWAITING_MOONRISE/exact.7`,
  },
};

const moduleRun = (told: Partial<RunEvent>): RunEvent =>
  run({
    ...MAIN,
    stackId: 'terraform-aws-vpc',
    runId: '01KAR1M5D7TESTRN9W8V6U4T2S',
    order: 'exact',
    occurredAt: 1_763_913_000_250,
    runType: 'TESTING',
    triggeredBy: { kind: 'vcs' },
    url: runUrl('module/terraform-aws-vpc', '01KAR1M5D7TESTRN9W8V6U4T2S'),
    labels: ['registry'],
    delta: { added: 4, changed: 0, deleted: 0 },
    ...told,
  });

const MODULE_RUNS: Record<string, Outcome> = {
  'module-run-in-place-of-stack': {
    event: moduleRun({ state: 'DESTROYING', stateVersion: 6 }),
    key: 'run/acme/01KAR1M5D7TESTRN9W8V6U4T2S/DESTROYING/exact.6',
  },
  'module-run-beside-run': {
    event: moduleRun({ type: 'completed', state: 'FINISHED', stateVersion: 7 }),
    key: 'run/acme/01KAR1M5D7TESTRN9W8V6U4T2S/FINISHED/exact.7',
  },
};

const RUNS_UPDATED: Record<string, Outcome> = {
  'run-updated-whole': {
    event: run({
      ...MAIN,
      type: 'waiting',
      state: 'UNCONFIRMED',
      stateVersion: 5,
      order: 'derived',
      family: 'run_updated',
      occurredAt: 1_763_911_064_001,
      runType: 'TRACKED',
      triggeredBy: { kind: 'other' },
      url: runUrl('stack/network', RUN),
      labels: ['team:platform'],
      userMetadata: ['spacelift-temporal/key.release-7'],
    }),
    key: `run/acme/${RUN}/UNCONFIRMED/derived.5`,
  },
  'run-updated-by-push': {
    event: run({
      ...MAIN,
      type: 'completed',
      state: 'FINISHED',
      stateVersion: 5,
      order: 'derived',
      family: 'run_updated',
      occurredAt: 1_763_911_070_999,
      runType: 'TRACKED',
      triggeredBy: { kind: 'vcs' },
      url: runUrl('stack/network', RUN),
      labels: ['team:platform'],
    }),
    key: `run/acme/${RUN}/FINISHED/derived.5`,
  },
  'run-updated-projection': {
    event: run({ type: 'failed', state: 'FAILED', family: 'run_updated', runType: 'TRACKED' }),
    key: `run/acme/${RUN}/FAILED/body.<hash>`,
  },
  'run-updated-projection-without-account': {
    event: run({
      type: 'ended',
      account: CONFIGURED,
      state: 'DISCARDED',
      stateVersion: 2,
      order: 'derived',
      family: 'run_updated',
      occurredAt: 1_763_911_064_001,
    }),
    key: `run/${CONFIGURED}/${RUN}/DISCARDED/derived.2`,
  },
};

const MODULE = {
  about: 'module',
  type: 'module_version',
  account: 'acme',
  moduleId: 'terraform-aws-vpc',
  versionId: '01KAR1K0MV3RS10N5678901234',
} as const;

const MODULE_VERSIONS: Record<string, Outcome> = {
  'module-version-active': {
    event: {
      ...MODULE,
      number: '1.4.0',
      state: 'ACTIVE',
      commit: HASH,
      latest: true,
      occurredAt: 1_763_913_120_456,
    },
    key: 'module/acme/terraform-aws-vpc/01KAR1K0MV3RS10N5678901234/ACTIVE',
  },
  'module-version-failed': {
    event: {
      ...MODULE,
      versionId: '01KAR2BADV3RS10N5678901234',
      number: '1.5.0-rc.1+build',
      state: 'FAILED',
      commit: HASH,
      latest: false,
      occurredAt: 1_763_913_000_000,
    },
    key: 'module/acme/terraform-aws-vpc/01KAR2BADV3RS10N5678901234/FAILED',
  },
  'module-version-projection': {
    event: {
      ...MODULE,
      account: CONFIGURED,
      number: null,
      state: 'ACTIVE',
      commit: null,
      latest: false,
      occurredAt: null,
    },
    key: `module/${CONFIGURED}/terraform-aws-vpc/01KAR1K0MV3RS10N5678901234/ACTIVE`,
  },
};

const INTERNAL_ERRORS: Record<string, Outcome> = {
  'docs-internal-error': {
    event: {
      about: 'account',
      type: 'internal_error',
      account: 'spacelift-io',
      severity: 'ERROR',
      error: "policy triggered for Stack that doesn't exist",
      message: expect.stringContaining('this-is-not-a-stack') as unknown as string,
    },
    key: 'account/spacelift-io/body.<hash>.<window>',
  },
  'internal-error-policy': {
    event: {
      about: 'account',
      type: 'internal_error',
      account: 'acme',
      severity: 'WARNING',
      error: 'policy evaluation failed',
      message: 'undefined ref: input.spacelift.run',
    },
    key: 'account/acme/body.<hash>.<window>',
  },
};

const audit = (
  account: string,
  action: string,
  mutation: string,
  occurredAt: number,
  keyId?: string,
): Outcome => ({
  event: {
    about: 'audit',
    type: 'audit',
    account,
    action,
    actor: keyId === undefined ? { kind: 'other' } : { kind: 'api-key', keyId },
    mutation,
    occurredAt,
  },
  key: `audit/${account}/body.<hash>`,
});

const AUDIT_TRAIL: Record<string, Outcome> = {
  'docs-audit-stack-create': audit('example', 'stack.create', 'stackCreate', 1_674_124_447_947),
  'docs-audit-webhook-set': audit(
    'example',
    'audit_trail_webhook.set',
    'auditTrailSetWebhook',
    1_674_124_447_947,
  ),
  'docs-audit-webhook-delete': audit(
    'example',
    'audit_trail_webhook.delete',
    'auditTrailDeleteWebhook',
    1_674_124_447_947,
  ),
  'audit-by-api-key': audit(
    'acme',
    'stack.update',
    'stackUpdate',
    1_763_914_000_123,
    '01JW1Q2R3S4T5V6W7X8Y9Z0ABC',
  ),
  'audit-by-person': audit('acme', 'context.config_add', 'contextConfigAdd', 1_763_914_000_124),
};

const INTENT = {
  about: 'intent',
  type: 'triggered',
  account: 'acme',
  stackId: 'network',
  key: 'key.release-7',
  runType: 'PROPOSED',
  commit: HASH,
  command: null,
  retryOf: null,
  deadlineMs: null,
  stopAtDeadline: false,
  metadata: [] as string[],
  cause: [] as string[],
} as const;

const shortRun = (told: Partial<RunEvent>) =>
  run({ account: CONFIGURED, family: 'short', ...told });

const SHORT_FORMS: Record<string, Outcome> = {
  'short-triggered': {
    event: {
      ...INTENT,
      retry: {
        maximumAttempts: 5,
        initialIntervalMs: 2000,
        backoffCoefficient: 1.5,
        maximumIntervalMs: 60_000,
      },
    },
    key: 'intent/acme/network/key.release-7',
  },
  'short-triggered-camel-case': {
    event: {
      ...INTENT,
      account: CONFIGURED,
      runType: 'TRACKED',
      retry: { maximumAttempts: 5, initialIntervalMs: 2000 },
    },
    key: `intent/${CONFIGURED}/network/key.release-7`,
  },
  'short-triggered-task': {
    event: {
      ...INTENT,
      runType: 'TASK',
      commit: null,
      retry: {},
      command: 'terraform state list',
      deadlineMs: 3_600_000,
      stopAtDeadline: true,
      metadata: ['change 4711'],
      cause: ['accounts'],
    },
    key: 'intent/acme/network/key.release-7',
  },
  'short-triggered-run': {
    event: shortRun({ occurredAt: 1_763_911_001_000 }),
    key: `run/${CONFIGURED}/${RUN}/QUEUED/body.<hash>`,
  },
  'short-completed': {
    event: {
      about: 'stack',
      type: 'completed',
      account: CONFIGURED,
      stackId: 'network',
      occurredAt: 1_763_911_064_250,
      error: null,
    },
    key: `stack/${CONFIGURED}/network/body.<hash>.<window>`,
  },
  'short-completed-run': {
    event: shortRun({ type: 'completed', state: 'FINISHED', occurredAt: 1_763_911_064_001 }),
    key: `run/${CONFIGURED}/${RUN}/FINISHED/body.<hash>`,
  },
  'short-failed': {
    event: {
      about: 'stack',
      type: 'failed',
      account: CONFIGURED,
      stackId: 'network',
      occurredAt: 1_763_911_064_001,
      error: 'apply failed',
    },
    key: `stack/${CONFIGURED}/network/body.<hash>.<window>`,
  },
  'short-failed-run-camel-case': {
    event: shortRun({ type: 'failed', state: 'FAILED' }),
    key: `run/${CONFIGURED}/${RUN}/FAILED/body.<hash>`,
  },
  'short-without-stack': { reason: 'stack-id-missing' },
};

const FOREIGN: Record<string, Outcome> = {
  'custom-teams-card': { reason: 'shape-unknown' },
  'custom-metrics-series': { reason: 'shape-unknown' },
};

const OUTCOMES: Record<string, Outcome> = {
  ...DEFAULT_RUNS,
  ...MODULE_RUNS,
  ...RUNS_UPDATED,
  ...MODULE_VERSIONS,
  ...INTERNAL_ERRORS,
  ...AUDIT_TRAIL,
  ...SHORT_FORMS,
  ...FOREIGN,
};

const read = (name: string) => new Uint8Array(readFileSync(new URL(`${name}.json`, FOLDER)));

async function receive(name: string) {
  const body = read(name);
  const facts = { bodyHash: await sha256Hex(body), receivedAt: RECEIVED_AT };
  return { facts, parsed: parseBody(body, { ...facts, account: CONFIGURED }) };
}

describe('parseBody() on every known shape', () => {
  test('has an outcome for every file, and a file for every outcome', () => {
    const files = readdirSync(FOLDER).map((name) => name.replace(/\.json$/, ''));
    expect(files.toSorted()).toEqual(Object.keys(OUTCOMES).toSorted());
  });

  test.each(Object.entries(OUTCOMES))('parseBody() reads %s', async (name, outcome) => {
    const { facts, parsed } = await receive(name);
    if ('reason' in outcome) {
      expect(parsed).toEqual({ ok: false, error: outcome });
      return;
    }
    expect(parsed).toEqual({ ok: true, value: outcome.event });
    if (!parsed.ok) return;
    const key = outcome.key
      .replace('<hash>', facts.bodyHash.slice(0, 24))
      .replace('<window>', String(Math.floor(RECEIVED_AT / 600_000)));
    expect(deliveryKeyOf(parsed.value, facts).key).toBe(key);
  });
});

/** What the fixtures say of people and secrets: authors, e-mail, addresses, values, hooks, commands, messages. */
const PLANTED = [
  'lovelace',
  'charles',
  'marcin',
  'wyszynski',
  'Open the port',
  'Update demo.tf',
  '203.0.113.77',
  '0.0.0.0',
  '7946-0815',
  'TF_VAR_',
  'T0PS3CRET',
  'login.sh',
  'terraform state rm',
  'analytical-engine',
  'space-admin',
  'SecretSHA',
  'xxxfffdddwww',
  'example-audithook',
  'github::',
];

describe('what is personal', () => {
  test('the fixtures hold all of it', () => {
    const texts = Object.keys(OUTCOMES).map((name) => new TextDecoder().decode(read(name)));
    for (const planted of PLANTED)
      expect(texts.some((text) => text.toLowerCase().includes(planted.toLowerCase()))).toBe(true);
  });

  test.each(Object.keys(OUTCOMES))('neither envelope nor reason of %s holds any', async (name) => {
    const { facts, parsed } = await receive(name);
    const envelope = parsed.ok
      ? createEnvelope(parsed.value, {
          key: deliveryKeyOf(parsed.value, facts).key,
          deliveryId: '7f0c5f0e-8a58-4b53-9e0f-6d1f2f6f7b11',
          traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
          receivedAt: RECEIVED_AT,
        })
      : null;
    const kept = JSON.stringify([envelope, parsed]).toLowerCase();
    for (const planted of PLANTED) expect(kept).not.toContain(planted.toLowerCase());
    if (envelope !== null)
      expect(v.parse(EnvelopeSchema, JSON.parse(JSON.stringify(envelope)))).toEqual(envelope);
  });
});
