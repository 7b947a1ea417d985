import { ApplicationFailure } from '@temporalio/common';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSpaceliftActivities } from '../../../shared/activities/spacelift-activities.ts';
import { SpaceliftFailure } from '../../../shared/activities/spacelift/failure.ts';
import type { RunDecision, RunRef } from '../../../shared/workflow/messages.ts';
import type {
  ExecutionActivities,
  RunDecisionOutcome,
  SpaceliftActivities,
  TriggerOutcome,
  TriggerRequest,
} from '../../../shared/workflow/ports.ts';
import type { Known } from '../../../shared/workflow/run-wait.ts';
import { SETTINGS } from '../workflow/settings.ts';
import { ACCOUNT, createActivityEnvironment, type Spacelift, startSpacelift } from './support.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

const REQUEST: TriggerRequest = {
  account: ACCOUNT,
  stackId: 'app',
  runType: 'TRACKED',
  commit: null,
  key: 'key.1',
  traceId: TRACE_ID,
};

const QUERY = {
  account: ACCOUNT,
  stackId: 'app',
  runType: 'TRACKED',
  commit: null,
  createdSince: 0,
} as const;

describe('createSpaceliftActivities()', () => {
  let spacelift: Spacelift;
  let activities: SpaceliftActivities;
  let temporal: ReturnType<typeof createActivityEnvironment>;
  let attachToRun: ExecutionActivities['attachToRun'];

  beforeEach(async () => {
    spacelift = await startSpacelift();
    await spacelift.control('POST', '/stacks', { id: 'app' });
    const client = spacelift.client();
    temporal = createActivityEnvironment();
    attachToRun = () => Promise.reject(new Error('not expected'));
    activities = createSpaceliftActivities(
      (account) => {
        if (account === ACCOUNT) return client;
        throw new SpaceliftFailure(`call for ${account}`, 'no API key', 'final');
      },
      (request) => attachToRun(request),
    );
  });

  afterEach(() => spacelift[Symbol.asyncDispose]());

  const fault = (operation: string, body: object) =>
    spacelift.control('POST', '/faults', { operation, ...body });
  const trigger = (changes: Partial<TriggerRequest> = {}) =>
    temporal.environment.run(() => activities.triggerRun({ ...REQUEST, ...changes }));
  const failureOf = async (running: Promise<unknown>) => {
    const failure: unknown = await running.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApplicationFailure);
    return failure as ApplicationFailure;
  };

  async function createRun(states: readonly string[]) {
    await spacelift.control('POST', '/stacks/app/script', { states });
    const { id } = (await spacelift.control('POST', '/stacks/app/runs', {})) as { id: string };
    await expect
      .poll(async () => JSON.stringify(await spacelift.control('GET', '/runs')))
      .toContain(states.at(-1));
    return { account: ACCOUNT, stackId: 'app', runId: id };
  }

  describe('watchRun()', () => {
    const watch = (run: RunRef, known: Known | null) =>
      temporal.environment.run(() => activities.watchRun({ ...run, known, traceId: TRACE_ID }));
    const UNCONFIRMED = { state: 'UNCONFIRMED', stateVersion: 2, hold: null };

    test('fails benignly while nothing is new, to be tried again', async () => {
      const run = await createRun(['PREPARING', 'UNCONFIRMED']);
      const failure = await failureOf(watch(run, UNCONFIRMED));
      expect(failure.message).toBe(`Cannot tell news of run ${run.runId}: it is UNCONFIRMED`);
      expect(failure).toMatchObject({ category: 'BENIGN', nonRetryable: false });
    });

    test.each([
      ['another state', { ...UNCONFIRMED, state: 'PLANNING', stateVersion: 1 }],
      ['the same state after a replan', { ...UNCONFIRMED, stateVersion: 0 }],
      ['what is not in the way any more', { ...UNCONFIRMED, hold: { kind: 'approval' } as const }],
      ['anything when nothing was known', null],
    ])('tells %s', async (_, known) => {
      const run = await createRun(['PREPARING', 'UNCONFIRMED']);
      expect(await watch(run, known)).toMatchObject({ state: 'UNCONFIRMED', stateVersion: 2 });
    });

    test('goes on when it is refused, and when the run is not there', async () => {
      const run = await createRun(['PREPARING', 'UNCONFIRMED']);
      await fault('stack', { message: 'unauthorized' });
      expect((await failureOf(watch(run, null))).nonRetryable).toBe(false);
      const failure = await failureOf(watch({ ...run, runId: '01NONE' }, null));
      expect(failure).toMatchObject({ category: 'BENIGN', nonRetryable: false });
    });
  });

  describe('decideRun()', () => {
    const decide = (run: RunRef, decision: RunDecision, stateVersion = 2) =>
      temporal.environment.run<[], RunDecisionOutcome, () => Promise<RunDecisionOutcome>>(() =>
        activities.decideRun({ ...run, decision, stateVersion, note: 'fine', traceId: TRACE_ID }),
      );
    const stateVersionOf = async ({ runId }: RunRef) =>
      ((await spacelift.control('GET', '/runs')) as { id: string; stateVersion: number }[]).find(
        ({ id }) => id === runId,
      )?.stateVersion;

    test.each([
      ['confirm', 'confirmed', 'runConfirm'],
      ['discard', 'discarded', 'runDiscard'],
    ] as const)('%s names the run', async (decision, outcome, operation) => {
      const run = await createRun(['PREPARING', 'UNCONFIRMED']);
      const decided = await decide(run, decision);
      expect(decided.answer).toEqual({ outcome });
      expect(decided.facts?.state).not.toBe('UNCONFIRMED');
      expect(await spacelift.operations(operation)).toMatchObject([
        { stack: 'app', run: run.runId },
      ]);
    });

    test('refuses what a replan has passed by, and asks nothing of Spacelift', async () => {
      const states = ['PLANNING', 'UNCONFIRMED', 'REPLAN_REQUESTED', 'PLANNING', 'UNCONFIRMED'];
      const run = await createRun([...states, 'PREPARING_REPLAN', 'UNCONFIRMED']);
      await expect.poll(() => stateVersionOf(run)).toBe(7);
      const { answer } = await decide(run, 'confirm');
      expect(answer).toEqual({
        outcome: 'refused',
        reason: `Cannot confirm run ${run.runId} of stack app: it is UNCONFIRMED again, at stateVersion 7 and not 2`,
      });
      expect(await spacelift.operations('runConfirm')).toEqual([]);
    });

    test('refuses what is meant for a state that Spacelift has not told of', async () => {
      const run = await createRun(['PLANNING', 'UNCONFIRMED']);
      await expect.poll(() => stateVersionOf(run)).toBe(2);
      const { answer } = await decide(run, 'confirm', 6);
      expect(answer).toEqual({
        outcome: 'refused',
        reason: `Cannot confirm run ${run.runId} of stack app: it is UNCONFIRMED, at stateVersion 2 and not 6`,
      });
      expect(await spacelift.operations('runConfirm')).toEqual([]);
    });

    test('refuses a run that does not wait, and one that is not there', async () => {
      const run = await createRun(['PREPARING', 'FINISHED']);
      expect((await decide(run, 'confirm')).answer).toMatchObject({
        reason: `Cannot confirm run ${run.runId} of stack app: it is FINISHED`,
      });
      expect((await decide({ ...run, runId: '01NONE' }, 'discard')).answer).toMatchObject({
        reason: 'Cannot discard run 01NONE of stack app: Spacelift does not know the run',
      });
    });

    test("passes Spacelift's refusal on", async () => {
      const run = await createRun(['PREPARING', 'UNCONFIRMED']);
      await fault('runConfirm', { message: 'unauthorized' });
      expect((await decide(run, 'confirm')).answer).toMatchObject({
        outcome: 'refused',
        reason: `Cannot confirm run ${run.runId} of stack app: unauthorized (the API key is logged in; its role does not allow this)`,
      });
    });

    test('finds out what an unanswered request did', async () => {
      const run = await createRun(['PREPARING', 'UNCONFIRMED']);
      await fault('runConfirm', { status: 502 });
      expect((await decide(run, 'confirm')).answer).toEqual({
        outcome: 'refused',
        reason: `Cannot confirm run ${run.runId} of stack app: no answer, and the run is UNCONFIRMED`,
      });
      await fault('runDiscard', { status: 502, created: true });
      expect((await decide(run, 'discard')).answer).toEqual({ outcome: 'discarded' });
    });
  });

  describe('triggerRun()', () => {
    const counted = (outcome: string) => [
      { name: 'spacelift_trigger_attempts', tags: { outcome } },
    ];

    test('answers made, and says so in log and metrics', async () => {
      const outcome = await trigger();
      expect(outcome).toEqual({ kind: 'made', runId: expect.stringMatching(/^01/) });
      expect(temporal.counts).toEqual(counted('made'));
      expect(temporal.lines).toMatchObject([
        {
          level: 'INFO',
          message: 'run triggered',
          meta: { stackId: 'app', runId: expect.stringMatching(/^01/), traceId: TRACE_ID },
        },
      ]);
    });

    test.each([
      [{ status: 503 }, { kind: 'unknown' }],
      [{ status: 503, created: true }, { kind: 'unknown' }],
      [{ message: 'internal error' }, { kind: 'unknown' }],
      [
        { status: 429, retryAfterSeconds: 3 },
        { kind: 'refused', isFinal: false, retryAfterMs: 3000 },
      ],
      [{ message: 'stack is locked, try again later' }, { kind: 'refused', isFinal: false }],
      [{ message: 'stack is disabled' }, { kind: 'refused', isFinal: false }],
      [{ message: 'stack not found' }, { kind: 'refused', isFinal: true }],
    ])('answers %j with %j instead of failing', async (body, outcome) => {
      await fault('runTrigger', body);
      expect(await trigger()).toMatchObject(outcome);
      expect(temporal.counts).toEqual(counted(outcome.kind));
      expect(temporal.lines).toMatchObject([
        {
          level: 'WARN',
          message: 'run not triggered',
          meta: { stackId: 'app', traceId: TRACE_ID },
        },
      ]);
      expect(await spacelift.operations('runTrigger')).toHaveLength(1);
    });

    test('answers an exchange that failed with a refusal that may be tried again', async () => {
      await fault('apiKeyUser', { status: 500 });
      expect(await trigger()).toMatchObject({ kind: 'refused', isFinal: false });
    });

    describe('with somebody to attach', () => {
      const attach = { executionId: 'spacelift/demo/app/trigger/key.1', settings: SETTINGS };

      test('attaches to the execution of the run it made', async () => {
        const asked: unknown[] = [];
        attachToRun = async (request) => {
          asked.push(request);
          return { attached: true, url: 'https://acme/run' };
        };
        const outcome = (await trigger({ attach, cause: ['network'] })) as TriggerOutcome;
        const runId = outcome.kind === 'made' ? outcome.runId : '';
        const attachment = { attached: true, url: 'https://acme/run' };
        expect(outcome).toEqual({ kind: 'made', runId, attachment });
        const { account, stackId } = REQUEST;
        expect(asked).toEqual([{ account, stackId, runId, cause: ['network'], ...attach }]);
      });

      test('does not forget the run when that fails, or takes long', async () => {
        attachToRun = () => Promise.reject(new Error('Temporal is away'));
        const runId = expect.any(String) as unknown;
        expect(await trigger({ attach })).toEqual({ kind: 'made', runId });
        attachToRun = () => new Promise(() => {});
        expect(await trigger({ attach })).toEqual({ kind: 'made', runId });
      });

      test('attaches to nothing where no run was made', async () => {
        await fault('runTrigger', { status: 429 });
        expect(await trigger({ attach })).toMatchObject({ kind: 'refused' });
      });
    });

    test('refuses an account without a key by name', async () => {
      expect(await trigger({ account: 'other' })).toEqual({
        kind: 'refused',
        reason: 'Cannot call for other: no API key',
        isFinal: true,
      });
    });

    test('fails with what is no failure of the call', async () => {
      const broken = createSpaceliftActivities(
        () => {
          throw new TypeError('bug');
        },
        (request) => attachToRun(request),
      );
      await expect(temporal.environment.run(() => broken.triggerRun(REQUEST))).rejects.toThrow(
        TypeError,
      );
    });
  });

  describe.each([
    ['findRuns()', () => temporal.environment.run(() => activities.findRuns(QUERY))],
    [
      'lookUpRun()',
      () =>
        temporal.environment.run(() =>
          activities.lookUpRun({
            account: ACCOUNT,
            stackId: 'app',
            runId: '01RUN',
            traceId: TRACE_ID,
          }),
        ),
    ],
  ])('%s', (_, act) => {
    test.each([
      [{ message: 'something is wrong' }, 'spacelift-final', true, undefined],
      [{ status: 403 }, 'spacelift-final', true, undefined],
      [{ status: 429, retryAfterSeconds: 7 }, 'spacelift-retryable', false, 7000],
      [{ status: 429 }, 'spacelift-retryable', false, undefined],
      [{ status: 503 }, 'spacelift-retryable', false, undefined],
      [{ status: 503, retryAfterSeconds: 0 }, 'spacelift-retryable', false, 0],
    ])(
      'fails by %j as %s (non-retryable: %s, next try after: %s ms)',
      async (body, type, nonRetryable, nextRetryDelay) => {
        await fault('stack', body);
        const failure = await failureOf(act());
        expect(failure.type).toBe(type);
        expect(failure.nonRetryable).toBe(nonRetryable);
        expect(failure.nextRetryDelay).toBe(nextRetryDelay);
        expect(failure.message).toMatch(/^Cannot /);
        expect(failure.cause).toBeUndefined();
      },
    );
  });

  test('findRuns() fails for good for an account without a key', async () => {
    const failure = await failureOf(
      temporal.environment.run(() => activities.findRuns({ ...QUERY, account: 'other' })),
    );
    expect(failure).toMatchObject({ type: 'spacelift-final', nonRetryable: true });
  });

  test('findRuns() finds the run whose answer was lost', async () => {
    await fault('runTrigger', { status: 503, created: true });
    expect(await trigger()).toMatchObject({ kind: 'unknown' });
    const runs = await temporal.environment.run(() => activities.findRuns(QUERY));
    expect(runs).toHaveLength(1);
  });

  describe('lookUpRun()', () => {
    const lookUp = (runId: string) =>
      temporal.environment.run(() =>
        activities.lookUpRun({
          account: ACCOUNT,
          stackId: 'app',
          runId,
          traceId: TRACE_ID,
        }),
      );

    async function endedRun(script: object): Promise<string> {
      await spacelift.control('POST', '/stacks/app/script', script);
      const { id } = (await spacelift.control('POST', '/stacks/app/runs')) as { id: string };
      await expect
        .poll(async () => JSON.stringify(await spacelift.control('GET', '/runs')))
        .toMatch(/"(FAILED|FINISHED)"/);
      return id;
    }

    test('logs the error details of a failed run, persons and addresses taken out', async () => {
      const note = 'push by ada@example.com from 10.1.2.3 and 2001:db8::7 was denied';
      const runId = await endedRun({ failAt: 'PLANNING', note });
      expect(await lookUp(runId)).toMatchObject({ state: 'FAILED' });
      expect(temporal.lines).toEqual([
        expect.objectContaining({
          level: 'ERROR',
          message: 'run failed',
          meta: expect.objectContaining({
            stackId: 'app',
            runId,
            traceId: TRACE_ID,
            failedIn: 'PLANNING',
            error: 'push by [redacted] from [redacted] and [redacted] was denied',
          }),
        }),
      ]);
    });

    test('keeps the details out of what is recorded', async () => {
      const runId = await endedRun({ failAt: 'PLANNING', note: 'denied for ada@example.com' });
      expect(JSON.stringify(await lookUp(runId))).not.toContain('denied');
    });

    test('logs nothing of a run that finished, nor of one that is not there', async () => {
      const runId = await endedRun({ states: ['READY', 'FINISHED'] });
      expect(await lookUp(runId)).toMatchObject({ state: 'FINISHED' });
      expect(await lookUp('01NONE')).toBeNull();
      expect(temporal.lines).toEqual([]);
    });
  });
});
