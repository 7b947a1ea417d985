import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Route, SendFailure } from '../../shared/activities/notice-activities.ts';
import { verifyBatch } from '../../shared/contract/batch-signature.ts';
import { INTERNAL_ERROR, moduleVersionEvent, runEvent, stackEvent } from '../events.ts';
import { startOfEvent } from '../../shared/workflow/start.ts';
import type { Deed } from '../../shared/workflow/messages.ts';
import type { SingleEvent } from '../../shared/workflow/messages.ts';
import type { SendRequest } from '../../shared/workflow/notice-messages.ts';
import { deliveryFacts, SETTINGS } from './harness.ts';
import { propagationSettings } from './propagation-kit.ts';
import { reactorOf } from './reactor.ts';
import { PATIENCE, type RunKit, settingsWith, startRunKit } from './run-kit.ts';

const { propagation } = propagationSettings({});
const REACTING = settingsWith({ reactions: true, ...(propagation && { propagation }) });
const SECRET = `whsec_${Buffer.from('a secret of the receiver').toString('base64')}`;

const RULES = [
  { id: 'deps', on: 'completed', where: { stack: 'root' }, do: { triggerDependents: true } },
  {
    id: 'tell',
    on: ['failed', 'waiting'],
    where: { stack: 'tell-*' },
    do: { notify: ['log', 'down'] },
  },
  {
    id: 'order',
    on: 'failed',
    where: { stack: 'order' },
    do: { notify: 'slow' },
    then: { notify: 'log' },
  },
  {
    id: 'after-a',
    on: 'completed',
    where: { stack: 'chain-a' },
    do: { triggerStack: { stack: 'chain-b' } },
  },
  {
    id: 'ping',
    on: 'completed',
    where: { stack: 'ping' },
    do: { triggerStack: { stack: 'pong' } },
  },
  {
    id: 'pong',
    on: 'completed',
    where: { stack: 'pong' },
    do: { triggerStack: { stack: 'ping' } },
  },
  {
    id: 'retry',
    on: 'failed',
    where: { stack: 'flaky*' },
    do: { retryRun: { attempts: 2, backoff: { first: '1s', factor: 1 } }, notify: 'log' },
  },
  {
    id: 'confirm',
    on: 'waiting',
    where: { stack: 'confirm' },
    do: { confirm: { note: 'by rule' } },
  },
  { id: 'approve', on: 'waiting', where: { stack: 'stale' }, do: { confirm: true } },
  { id: 'replan', on: 'waiting', where: { stack: 'replan' }, do: { notify: 'log' } },
  { id: 'late', on: 'waiting', after: '1s', where: { stack: 'late*' }, do: { notify: 'log' } },
  { id: 'later', on: 'waiting', after: '2s', where: { stack: 'late' }, do: { discard: true } },
  {
    id: 'hook',
    on: 'completed',
    where: { stack: 'hook' },
    do: { callWebhook: { urlFrom: 'HOOK_URL', secretFrom: 'HOOK_SECRET' } },
  },
  { id: 'version', on: 'module_version', where: { stack: 'module' }, do: { notify: 'log' } },
];

type Called = { readonly id: string; readonly isSigned: boolean; readonly body: string };

let kit: RunKit;
let sent: { readonly route: string; readonly request: Omit<SendRequest, 'route'> }[];
const called: Called[] = [];

/** Refuses the first call, as one that is being restarted does. */
const receiver = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += String(chunk);
  });
  request.on('end', () => {
    const header = (name: string) => request.headers[name] as string;
    const headers = {
      'webhook-id': header('webhook-id'),
      'webhook-timestamp': header('webhook-timestamp'),
      'webhook-signature': header('webhook-signature'),
    };
    void answer().catch(() => response.destroy());
    async function answer() {
      const { ok } = await verifyBatch(body, headers, Date.now(), [SECRET]);
      called.push({ id: headers['webhook-id'], isSigned: ok, body });
      response.writeHead(called.length === 1 ? 503 : 204).end();
    }
  });
});

const hookPort = () => (receiver.address() as { port: number }).port;

const routeOf = (name: string, answer: () => Promise<void>): Route => ({
  name,
  isDefault: name === 'log',
  async send(request) {
    await answer();
    sent.push({ route: name, request });
    return { outcome: 'sent', receipt: `thread of ${request.notice.runId}` };
  },
});

beforeAll(async () => {
  sent = [];
  await new Promise<void>((resolve) => {
    receiver.listen(0, '127.0.0.1', () => resolve());
  });
  const names = { log: { to: 'log' }, down: { to: 'log' }, slow: { to: 'log' } };
  const env = { HOOK_URL: `http://127.0.0.1:${hookPort()}/hook`, HOOK_SECRET: SECRET };
  kit = await startRunKit(
    inject('temporalCli'),
    {},
    {
      settings: REACTING,
      workers: {
        reactor: reactorOf(RULES, names, env),
        routes: [
          routeOf('log', async () => {}),
          routeOf('down', () => Promise.reject(new SendFailure('status is 410', true))),
          routeOf(
            'slow',
            () =>
              new Promise((resolve) => {
                setTimeout(resolve, 300);
              }),
          ),
        ],
      },
    },
  );
  // The deliveries of this kit are the test's own; these tests want the simulator's.
  await kit.harness.control('POST', '/webhooks/webhook-1/faults', { drop: 0 });
});
afterAll(async () => {
  await kit.stop();
  receiver.close();
});

const rulesOf = (done: readonly Deed[]) =>
  done.flatMap(({ rule, action, outcome }) =>
    rule === undefined ? [] : [`${rule}: ${action} ${outcome}`],
  );

const noticesOf = (stackId: string) =>
  sent.filter(({ request }) => request.notice.stackId === stackId);

/** Makes a run and waits for the result of its execution. */
async function runOf(id: string, stack: object = {}, script: object | null = null) {
  const { harness } = kit;
  await harness.control('POST', '/stacks', { id, autodeploy: true, ...stack });
  if (script !== null) await harness.control('POST', `/stacks/${id}/script`, script);
  const run = (await harness.control('POST', `/stacks/${id}/runs`, {})) as { id: string };
  const handle = kit.handleOf(id, run.id);
  await expect
    .poll(
      () =>
        handle.describe().then(
          () => true,
          () => false,
        ),
      PATIENCE,
    )
    .toBe(true);
  return { handle, runId: run.id };
}

const runsOf = (stackId: string) => kit.harness.runsOf(stackId);

describe('a run with reactions', () => {
  test('tells every route of a rule; an outlet that fails takes no other down, nor the execution', async () => {
    const { handle, runId } = await runOf('tell-failed', {}, { failAt: 'PLANNING' });
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'failed' });
    expect(rulesOf(result.done).toSorted()).toEqual([
      'tell: notify FAILED done',
      'tell: notify FAILED failed',
    ]);
    expect(result.done.find(({ outcome }) => outcome === 'failed')).toMatchObject({
      detail: 'down: Cannot send to down: status is 410',
    });
    expect(noticesOf('tell-failed').map(({ route }) => route)).toEqual(['log']);
    expect(noticesOf('tell-failed')[0]?.request).toMatchObject({
      key: `${handle.workflowId}/tell/notify:log/FAILED/${result.steps.length - 1}`,
      notice: { topic: 'run-failed', runId, branch: 'main', runType: 'TRACKED' },
    });
    const { currentDetails } = await handle.query<{ currentDetails: string }>(
      '__temporal_workflow_metadata',
    );
    expect(currentDetails).toContain('- notify FAILED (rule tell): done, log');
    expect(currentDetails).toContain('- notify FAILED (rule tell): failed, down: Cannot send');
  });

  test('does nothing about what no rule is meant for', async () => {
    const { handle } = await runOf('quiet', {}, { failAt: 'PLANNING' });
    expect(rulesOf((await handle.result()).done)).toEqual([]);
    expect(noticesOf('quiet')).toEqual([]);
  });

  test('does what a rule does then after what it does', async () => {
    const { handle } = await runOf('order', {}, { failAt: 'PLANNING' });
    await handle.result();
    expect(noticesOf('order').map(({ route }) => route)).toEqual(['slow', 'log']);
  });

  test('triggers a stack once, by an intent that knows its cause', async () => {
    await kit.harness.addStack('chain-b');
    const { handle } = await runOf('chain-a');
    const { done } = await handle.result();
    expect(rulesOf(done)).toEqual(['after-a: trigger-stack done']);
    const detail = done.find(({ rule }) => rule === 'after-a')?.detail ?? '';
    const intent = kit.harness.handleOf(detail.replace('chain-b: ', ''));
    expect(await intent.result()).toMatchObject({
      stackId: 'chain-b',
      outcome: 'completed',
      cause: ['chain-a'],
    });
    expect(await runsOf('chain-b')).toHaveLength(1);
  });

  test('has what depends on the stack run next, where a rule says so and not where none does', async () => {
    const { control, handleOf } = kit.harness;
    for (const root of ['root', 'rootless'])
      await control('POST', '/stacks', {
        id: `${root}-leaf`,
        autodeploy: true,
        labels: [`dependsOn:${root}`],
      });
    const { handle } = await runOf('rootless');
    expect((await handle.result()).done).toMatchObject([
      { action: 'tell-registry', outcome: 'done' },
      { action: 'handle_completed_run' },
    ]);
    const ruled = await runOf('root');
    expect(rulesOf((await ruled.handle.result()).done)).toEqual(['deps: trigger-dependents done']);
    await expect.poll(async () => (await runsOf('root-leaf')).length, PATIENCE).toBe(1);
    const [leaf] = await runsOf('root-leaf');
    await handleOf(`spacelift/demo/root-leaf/run/${leaf?.id}`).result();
    expect(await runsOf('root-leaf')).toHaveLength(1);
    expect(await runsOf('rootless-leaf')).toEqual([]);
  });

  test('ends two stacks that trigger each other after one round, with a notice', async () => {
    await kit.harness.addStack('pong');
    await runOf('ping');
    await expect
      .poll(() => sent.filter(({ request }) => request.notice.topic === 'loop-refused'), PATIENCE)
      .toHaveLength(1);
    const [refused] = sent.filter(({ request }) => request.notice.topic === 'loop-refused');
    expect(refused?.route).toBe('log');
    expect(refused?.request.notice.text).toContain('it is in its own cause (ping → pong → ping)');
    expect(await runsOf('ping')).toHaveLength(1);
    expect(await runsOf('pong')).toHaveLength(1);
  });

  test('retries a failed run as often as the rule says, and no more', async () => {
    await runOf('flaky', {}, { failAt: 'PLANNING' });
    await expect.poll(() => noticesOf('flaky').length, PATIENCE).toBe(3);
    const runs = (await runsOf('flaky')) as readonly { id: string }[];
    expect(runs).toHaveLength(3);
    const results = await Promise.all(runs.map(({ id }) => kit.handleOf('flaky', id).result()));
    const retried = results.map(({ done }) =>
      done.flatMap(({ action, detail }) =>
        action === 'retry-run' ? [detail?.replace(/\.[0-9a-f]{40}$/, '')] : [],
      ),
    );
    const intent = 'spacelift/demo/flaky/trigger/retry';
    expect(retried).toEqual([[`attempt 1: ${intent}.1`], [`attempt 2: ${intent}.2`], []]);
  });

  test('retries no further once a retry worked', async () => {
    await runOf('flaky-once', {}, { failAt: 'PLANNING', runs: 1 });
    await expect.poll(async () => (await runsOf('flaky-once')).length, PATIENCE).toBe(2);
    const second = (await runsOf('flaky-once')).at(-1);
    expect(await kit.handleOf('flaky-once', second?.id ?? '').result()).toMatchObject({
      outcome: 'completed',
      cause: [],
    });
  });

  test('confirms a run that waits', async () => {
    const { handle } = await runOf('confirm', { autodeploy: false });
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'completed' });
    expect(rulesOf(result.done)).toEqual(['confirm: confirm done']);
  });

  test('records a decision that Spacelift refuses, and goes on', async () => {
    const settings = REACTING;
    await kit.harness.addStack('stale');
    const runId = await kit.createRun({ id: 'stale' }, ['PREPARING', 'UNCONFIRMED']);
    const handle = await kit.deliver([runEvent('stale', runId, 'UNCONFIRMED', 1)], settings);
    await expect
      .poll(async () => JSON.stringify(await handle.query('progress')), PATIENCE)
      .toContain('"rule":"approve"');
    const { done } = await handle.query<{ done: readonly Deed[] }>('progress');
    expect(rulesOf(done)).toContain('approve: confirm failed');
  });

  test('takes the second UNCONFIRMED of a run for another wait, and the same one told twice for one', async () => {
    const [first, again] = [
      runEvent('replan', '01REPLAN', 'UNCONFIRMED', 3),
      runEvent('replan', '01REPLAN', 'UNCONFIRMED', 6),
    ];
    const handle = await kit.deliver([first], REACTING);
    await expect.poll(() => noticesOf('replan').length, PATIENCE).toBe(1);
    await kit.deliver([first, again], REACTING);
    await expect.poll(() => noticesOf('replan').length, PATIENCE).toBe(2);
    expect(noticesOf('replan').map(({ request }) => request.key)).toEqual([
      `${handle.workflowId}/replan/notify:log/UNCONFIRMED/3`,
      `${handle.workflowId}/replan/notify:log/UNCONFIRMED/6`,
    ]);
    expect(noticesOf('replan').map(({ request }) => request.receipt)).toEqual([
      undefined,
      'thread of 01REPLAN',
    ]);
    await handle.terminate();
  });

  test('escalates a wait that goes on, and not one that is over', async () => {
    const { handle } = await runOf('late', { autodeploy: false });
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'ended', state: 'DISCARDED' });
    expect(rulesOf(result.done)).toEqual(['late: notify UNCONFIRMED done', 'later: discard done']);

    const over = [runEvent('late-over', '01OVER', 'UNCONFIRMED', 3)] as const;
    const other = await kit.deliver(over, REACTING);
    await expect
      .poll(async () => (await historyText(other)).includes('planReactions'), PATIENCE)
      .toBe(true);
    await kit.deliver([runEvent('late-over', '01OVER', 'CONFIRMED', 4)], REACTING);
    await new Promise((resolve) => {
      setTimeout(resolve, 2500);
    });
    expect(noticesOf('late-over')).toEqual([]);
    await other.terminate();
  });

  test('takes what is still to be done about a wait along when it continues as new', async () => {
    const settings = settingsWith({ reactions: true }, { maximumEvents: 12 });
    const wait = runEvent('late-carried', '01CARRIED', 'UNCONFIRMED', 3);
    const handle = await kit.deliver([wait], settings);
    await expect.poll(() => noticesOf('late-carried').length, PATIENCE).toBe(1);
    expect(await historyText(handle)).toContain('"escalations":[{"action":');
    expect(noticesOf('late-carried')[0]?.request.key).toBe(
      `${handle.workflowId}/late/notify:log/UNCONFIRMED/3`,
    );
    await handle.terminate();
  });

  test('calls a webhook, signed, until it is answered, under one id', async () => {
    const { handle, runId } = await runOf('hook');
    expect(rulesOf((await handle.result()).done)).toEqual(['hook: call-webhook done']);
    expect(called.map(({ isSigned }) => isSigned)).toEqual([true, true]);
    expect(new Set(called.map(({ id }) => id)).size).toBe(1);
    expect(JSON.parse(called[1]?.body ?? '')).toMatchObject({
      type: 'spacelift.completed',
      data: { stackId: 'hook', runId, state: 'FINISHED', ruleId: 'hook' },
    });
    const history = await historyText(handle);
    expect(history).toContain('call-webhook');
    expect(history).not.toContain(`${hookPort()}/hook`);
  });

  test('reminds through the routes that were told of the wait', async () => {
    const settings = settingsWith({ reactions: true }, { remindAfterMs: 500, remindAtMostMs: 500 });
    const wait = runEvent('tell-remind', '01REMIND', 'UNCONFIRMED', 3);
    const handle = await kit.deliver([wait], settings);
    const reminders = () =>
      noticesOf('tell-remind').map(({ request }) => request.notice.reminder ?? 0);
    await expect.poll(reminders, PATIENCE).toEqual(expect.arrayContaining([0, 1, 2]));
    await handle.terminate();
  });

  test('reminds through the log where no rule told of the wait', async () => {
    const settings = settingsWith({ reactions: true }, { remindAfterMs: 300, remindAtMostMs: 300 });
    const handle = await kit.deliver([runEvent('unruled', '01U', 'UNCONFIRMED', 3)], settings);
    await expect.poll(() => noticesOf('unruled').length, PATIENCE).toBeGreaterThan(0);
    expect(noticesOf('unruled')[0]).toMatchObject({
      route: 'log',
      request: { notice: { reminder: 1 } },
    });
    await handle.terminate();
  });

  test('plans with what Spacelift says where the payload says nothing', async () => {
    await kit.harness.addStack('chain-b');
    const event = runEvent('chain-a', '01UNKNOWN', 'FINISHED', null, { runType: null });
    const result = await (await kit.deliver([event], REACTING)).result();
    expect(rulesOf(result.done)).toEqual(['after-a: trigger-stack done']);
  });
});

async function historyText(handle: { fetchHistory: () => Promise<unknown> }) {
  const history = JSON.stringify(await handle.fetchHistory());
  return history.replaceAll(/"data":"([\w+/=]*)"/g, (_, data: string) =>
    Buffer.from(data, 'base64').toString(),
  );
}

describe('an event with reactions', () => {
  async function record(event: SingleEvent, key: string) {
    const start = startOfEvent(event, deliveryFacts(key), REACTING);
    await kit.harness.executions.start(start, 'never');
    return kit.harness.handleOf(start.workflowId).result();
  }

  test('tells trouble to the log where no rule wants it', async () => {
    expect(rulesOf((await record(INTERNAL_ERROR, 'body.1')).done)).toEqual([
      'no-rule: notify internal-error done',
    ]);
    expect(rulesOf((await record(stackEvent('short'), 'body.2')).done)).toEqual([
      'no-rule: notify stack-failed done',
    ]);
  });

  test('goes by the rules, and is told good news where they say so', async () => {
    const version = moduleVersionEvent('module');
    const { done } = await record(version, 'body.3');
    expect(rulesOf(done)).toEqual(['version: notify ACTIVE done']);
    expect(noticesOf('module')[0]?.request.notice).toMatchObject({
      topic: 'module-version',
      text: 'Module version reported: module 1.4.0 ACTIVE',
    });
    expect(rulesOf((await record(moduleVersionEvent('other'), 'body.4')).done)).toEqual([]);
  });
});

test('executions without reactions tell people as before', async () => {
  const event = runEvent('before', '01BEFORE', 'FAILED', 3);
  const result = await (await kit.deliver([event], SETTINGS)).result();
  expect(result.done.map(({ action }) => action)).toEqual(['notify FAILED', 'handle_failed_run']);
  expect(noticesOf('before')[0]).toMatchObject({ route: 'log' });
});
