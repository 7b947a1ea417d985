import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import {
  createNoticeActivities,
  keyOfNotice,
  type Route,
  SendFailure,
} from '../../../shared/activities/notice-activities.ts';
import type { Notice, SendAnswer, SendRequest } from '../../../shared/workflow/notice-messages.ts';
import { ACCOUNT, createActivityEnvironment } from './support.ts';

const NOTICE: Notice = {
  topic: 'run-failed',
  account: ACCOUNT,
  stackId: 'app',
  runId: '01RUN',
  state: 'FAILED',
  url: 'https://demo.app.spacelift.io/stack/app/run/01RUN',
  text: 'Run 01RUN of app failed',
  executionId: 'spacelift/demo/app/run/01RUN',
  traceId: '0'.repeat(32),
};

const SENT: SendAnswer = { outcome: 'sent' };

function outlet(
  name: string,
  behave: () => SendAnswer | Promise<SendAnswer> = () => SENT,
  isDefault = true,
) {
  const told: unknown[] = [];
  const route: Route = {
    name,
    isDefault,
    send(request) {
      told.push(request);
      return Promise.resolve(behave());
    },
  };
  return { route, told };
}

const throws = () => {
  throw new Error('hook https://hooks.example.com/T0KEN is gone');
};

async function run(
  call: (environment: ReturnType<typeof createActivityEnvironment>) => Promise<unknown>,
) {
  const made = createActivityEnvironment();
  let [answer, failure]: unknown[] = [null, null];
  try {
    answer = await call(made);
  } catch (error) {
    failure = error;
  }
  return { answer: answer ?? null, failure, lines: made.lines, counts: made.counts };
}

const notify = (routes: readonly Route[]) =>
  run(({ environment }) => environment.run(() => createNoticeActivities(routes).notify(NOTICE)));

const sendNotice = (routes: readonly Route[], changes: Partial<SendRequest> = {}) =>
  run(({ environment }) =>
    environment.run(() =>
      createNoticeActivities(routes).sendNotice({
        notice: NOTICE,
        route: 'chat',
        key: 'some/key',
        ...changes,
      }),
    ),
  );

describe('notify()', () => {
  test('tells every default route the same, and counts each', async () => {
    const outlets = [outlet('chat'), outlet('mail'), outlet('pager', () => SENT, false)];
    const { failure, lines, counts } = await notify(outlets.map(({ route }) => route));
    expect(failure).toBeNull();
    const request = { notice: NOTICE, key: keyOfNotice(NOTICE) };
    expect(outlets.map(({ told }) => told)).toEqual([[request], [request], []]);
    expect(lines).toEqual([]);
    expect(counts).toEqual([
      { name: 'spacelift_notices', tags: { route: 'chat', outcome: 'sent' } },
      { name: 'spacelift_notices', tags: { route: 'mail', outcome: 'sent' } },
    ]);
  });

  test.each([
    ['throws', throws],
    ['rejects', async () => throws()],
  ])('fails by the name of the route that %s, after the others were told', async (_, behave) => {
    const [chat, mail, pager] = [outlet('chat'), outlet('mail', behave), outlet('pager')];
    const { failure, lines, counts } = await notify([chat.route, mail.route, pager.route]);
    expect(pager.told).toHaveLength(1);
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({
      message: 'Cannot notify through mail',
      type: 'notifier-failed',
      nonRetryable: false,
    });
    expect(counts).toContainEqual({
      name: 'spacelift_notices',
      tags: { route: 'mail', outcome: 'failed' },
    });
    expect(lines).toMatchObject([
      { level: 'WARN', meta: { routes: 'mail', topic: 'run-failed' } },
      { message: 'Activity failed' },
    ]);
    expect(JSON.stringify([failure, lines.map(({ meta }) => meta?.['routes'])])).not.toContain(
      'T0KEN',
    );
  });

  test('names all that failed', async () => {
    const { failure } = await notify([outlet('chat', throws).route, outlet('mail', throws).route]);
    expect(failure).toMatchObject({ message: 'Cannot notify through chat, mail' });
  });

  test('is content without a route', async () => {
    expect(await notify([])).toEqual({ answer: null, failure: null, lines: [], counts: [] });
  });
});

describe('keyOfNotice()', () => {
  test('tells states, their versions and reminders apart, and nothing else', () => {
    const waiting: Notice = {
      ...NOTICE,
      topic: 'run-waiting',
      state: 'UNCONFIRMED',
      stateVersion: 4,
    };
    const others: Notice[] = [
      { ...waiting, stateVersion: 7 },
      { ...waiting, reminder: 1 },
      { ...waiting, state: 'PENDING_REVIEW' },
      { ...waiting, executionId: 'spacelift/demo/app/run/02RUN' },
      NOTICE,
    ];
    expect(new Set([waiting, ...others].map(keyOfNotice)).size).toBe(6);
    expect(keyOfNotice({ ...waiting, text: 'said otherwise' })).toBe(keyOfNotice(waiting));
  });
});

describe('sendNotice()', () => {
  test('asks the route it names, hands the receipt in, and answers with the next', async () => {
    const [chat, mail] = [
      outlet('chat', () => ({ outcome: 'sent', receipt: 'next' })),
      outlet('mail'),
    ];
    const { answer, counts } = await sendNotice([mail.route, chat.route], { receipt: 'last' });
    expect(answer).toEqual({ outcome: 'sent', receipt: 'next' });
    expect(chat.told).toEqual([{ notice: NOTICE, key: 'some/key', receipt: 'last' }]);
    expect(mail.told).toEqual([]);
    expect(counts).toEqual([
      { name: 'spacelift_notices', tags: { route: 'chat', outcome: 'sent' } },
    ]);
  });

  test('refuses a route that is not there, for good', async () => {
    const { failure } = await sendNotice([outlet('mail').route]);
    expect(failure).toMatchObject({
      message: 'Cannot send to chat: no such route',
      type: 'notice-not-sent',
      nonRetryable: true,
    });
  });

  test.each([
    ['final', new SendFailure('status is 404', true), { nonRetryable: true }],
    ['passing', new SendFailure('status is 503', false), { nonRetryable: false }],
    [
      'passing at a time',
      new SendFailure('status is 429', false, 7000),
      { nonRetryable: false, nextRetryDelay: 7000 },
    ],
  ])('fails as the route does: %s', async (_, failure, expected) => {
    const told = await sendNotice([
      outlet('chat', () => {
        throw failure;
      }).route,
    ]);
    expect(told.failure).toMatchObject({
      message: `Cannot send to chat: ${failure.reason}`,
      ...expected,
    });
    expect(told.counts).toEqual([
      { name: 'spacelift_notices', tags: { route: 'chat', outcome: 'failed' } },
    ]);
  });

  test('of a failure that nobody classed only the name is told, and it is tried again', async () => {
    const { failure } = await sendNotice([outlet('chat', throws).route]);
    expect(failure).toMatchObject({ message: 'Cannot send to chat: Error', nonRetryable: false });
    expect(JSON.stringify(failure)).not.toContain('T0KEN');
  });
});
