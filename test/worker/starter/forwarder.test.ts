import { describe, expect, test } from 'vitest';
import type { Envelope } from '../../../shared/contract/envelope.ts';
import { createExecutions, type StarterExecutions } from '../../../worker/executions.ts';
import { BATCH_BUDGET_MS, forwardBatch } from '../../../worker/starter/forwarder.ts';
import { SETTINGS } from '../../shared/workflow/settings.ts';
import { envelopeOf, intentOf, runEventOf, STACK_EVENT } from '../envelopes.ts';
import { NOBODY } from '../processes.ts';
import { clientOf, startFailingTemporal } from '../temporal.ts';

const LANE = 'spacelift/demo/app/lane';

/** Says who was called, in order, and answers as given; a call takes `callMs` of the clock. */
function createCounted(
  answers: Partial<StarterExecutions> = {},
  { callMs = 0 }: { callMs?: number } = {},
) {
  const calls: string[] = [];
  let now = 0;
  const called = (name: string, executionId: string) => {
    calls.push(`${name} ${executionId}`);
    now += callMs;
  };
  const executions: StarterExecutions = {
    async start(start, reuse) {
      called('start', start.workflowId);
      expect(reuse).toBe('never');
      return answers.start?.(start, reuse) ?? 'started';
    },
    async signal(executionId, signal) {
      called('signal', executionId);
      await answers.signal?.(executionId, signal);
    },
    async signalWithStart(start, signal, reuse) {
      called('signalWithStart', start.workflowId);
      expect(reuse).toBe(start.workflowId === LANE ? 'always' : 'never');
      return answers.signalWithStart?.(start, signal, reuse) ?? 'started';
    },
    verdictOf: async () => null,
    isAnswered: answers.isAnswered ?? (async () => false),
  };
  const forward = (envelopes: readonly Envelope[]) =>
    forwardBatch(envelopes, {
      executions,
      routing: async () => ({ settings: SETTINGS, observedRunTypes: ['TRACKED'] }),
      now: () => now,
    });
  return { calls, forward };
}

const runs = (count: number) =>
  Array.from({ length: count }, (_, index) => envelopeOf(runEventOf(`01RUN${index}`, 'QUEUED', 0)));

describe('forwardBatch()', () => {
  test('makes one call an execution, and gives its verdict to every event of it', async () => {
    const { calls, forward } = createCounted({ signalWithStart: async () => 'signalled' });
    const batch = [
      envelopeOf(runEventOf('01A', 'QUEUED', 0)),
      envelopeOf(runEventOf('01B', 'QUEUED', 0)),
      envelopeOf(runEventOf('01A', 'FINISHED', 1)),
    ];
    const [a, b] = ['spacelift/demo/app/run/01A', 'spacelift/demo/app/run/01B'];
    expect(await forward(batch)).toEqual([
      { id: batch[0]?.id, verdict: 'signalled', executionId: a },
      { id: batch[1]?.id, verdict: 'signalled', executionId: b },
      { id: batch[2]?.id, verdict: 'signalled', executionId: a },
    ]);
    expect(calls).toEqual([`signalWithStart ${a}`, `signalWithStart ${b}`]);
  });

  test('tells the lane whose run it is, with the first news of a run that carries our metadata', async () => {
    const userMetadata = ['spacelift-temporal/key.deploy-7;cause=network'];
    const ours = { triggeredBy: { kind: 'api-key', keyId: '01K' }, userMetadata } as const;
    const event = { ...runEventOf('01A', 'QUEUED', 0), ...ours };
    const lane = 'spacelift/demo/app/lane';
    const hints: unknown[] = [];
    const signal = async (_: string, hint: unknown) => void hints.push(hint);
    const first = createCounted({ signal });
    expect(await first.forward([envelopeOf(event)])).toMatchObject([{ verdict: 'started' }]);
    expect(first.calls).toEqual(['signalWithStart spacelift/demo/app/run/01A', `signal ${lane}`]);
    expect(hints).toEqual([{ name: 'own_run', payload: { runId: '01A', key: 'key.deploy-7' } }]);

    const later = createCounted({ signalWithStart: async () => 'signalled' });
    await later.forward([envelopeOf(event)]);
    const person = createCounted();
    await person.forward([envelopeOf({ ...event, triggeredBy: { kind: 'other' } })]);
    const theirs = createCounted();
    await theirs.forward([envelopeOf({ ...event, userMetadata: ['ticket 7'] })]);
    for (const { calls } of [later, person, theirs]) expect(calls).toHaveLength(1);
  });

  test('does without a lane that is not open', async () => {
    const userMetadata = ['spacelift-temporal/key.deploy-7'];
    const triggeredBy = { kind: 'api-key', keyId: '01K' } as const;
    const { forward } = createCounted({ signal: () => Promise.reject(new Error('not found')) });
    const event = { ...runEventOf('01A', 'QUEUED', 0), triggeredBy, userMetadata };
    expect(await forward([envelopeOf(event)])).toMatchObject([{ verdict: 'started' }]);
  });

  test.each([
    ['started', 'started'],
    ['signalled', 'signalled'],
    ['closed', 'already-handled'],
  ] as const)('answers a signal-with-start that %s with %s', async (answer, verdict) => {
    const { forward } = createCounted({ signalWithStart: async () => answer });
    expect(await forward(runs(1))).toMatchObject([{ verdict }]);
  });

  test.each([
    ['started', 'started'],
    ['already-started', 'already-handled'],
  ] as const)('answers a start that %s with %s', async (answer, verdict) => {
    const { calls, forward } = createCounted({ start: async () => answer });
    expect(await forward([envelopeOf(STACK_EVENT)])).toMatchObject([{ verdict }]);
    expect(calls).toHaveLength(1);
  });

  describe('with an intent', () => {
    const INTENT = 'spacelift/demo/app/trigger/key.1';

    test('starts it, then asks its lane in its name', async () => {
      const asked: unknown[] = [];
      const { calls, forward } = createCounted({
        async signalWithStart(_, signal) {
          asked.push(signal);
          return 'started';
        },
        async start({ input }) {
          expect(input).toMatchObject({ kind: 'intent', isAsked: true });
          return 'started';
        },
      });
      expect(await forward([envelopeOf(intentOf('key.1'))])).toMatchObject([
        { verdict: 'started', executionId: INTENT },
      ]);
      expect(calls).toEqual([`start ${INTENT}`, `signalWithStart ${LANE}`]);
      const request = { executionId: INTENT, key: 'key.1', runType: 'TRACKED', askedAt: 0 };
      expect(asked).toMatchObject([{ name: 'ask_for_run', payload: request }]);
    });

    test.each([
      [true, [`start ${INTENT}`]],
      [false, [`start ${INTENT}`, `signalWithStart ${LANE}`]],
    ])('that was started before, answered %s, calls %j', async (isAnswered, called) => {
      const { calls, forward } = createCounted({
        start: async () => 'already-started',
        isAnswered: async () => isAnswered,
      });
      expect(await forward([envelopeOf(intentOf('key.1'))])).toMatchObject([
        { verdict: 'already-handled' },
      ]);
      expect(calls).toEqual(called);
    });

    test.each([
      ['refuses to say', () => Promise.reject(new Error('no worker'))],
      ['says nothing', () => new Promise<boolean>(() => {})],
    ])(
      'whose execution %s whether it was answered is tried again, the others are not held up',
      async (_, isAnswered) => {
        const { calls, forward } = createCounted({
          start: async () => 'already-started',
          isAnswered,
        });
        const verdicts = await forward([envelopeOf(intentOf('key.1')), ...runs(1)]);
        expect(verdicts).toMatchObject([{ verdict: 'retry' }, { verdict: 'started' }]);
        expect(calls).toEqual([`start ${INTENT}`, 'signalWithStart spacelift/demo/app/run/01RUN0']);
      },
    );

    test('of a stack that is in its own cause leaves the lane alone', async () => {
      const { calls, forward } = createCounted({
        async start({ input }) {
          expect(input).not.toHaveProperty('isAsked');
          return 'started';
        },
      });
      await forward([envelopeOf({ ...intentOf('key.1'), cause: ['app'] })]);
      expect(calls).toEqual([`start ${INTENT}`]);
    });
  });

  test('signals only, and never starts, for a run of a type that nobody observes', async () => {
    const { calls, forward } = createCounted();
    const batch = [envelopeOf(runEventOf('01P', 'FINISHED', 3, { runType: 'PROPOSED' }))];
    expect(await forward(batch)).toMatchObject([{ verdict: 'signalled' }]);
    expect(calls).toEqual(['signal spacelift/demo/app/run/01P']);
  });

  test('stops calling when the time budget is spent', async () => {
    const { calls, forward } = createCounted({}, { callMs: BATCH_BUDGET_MS / 2 });
    const verdicts = await forward(runs(4));
    expect(calls).toHaveLength(2);
    expect(verdicts.map(({ verdict }) => verdict)).toEqual([
      'started',
      'started',
      'retry',
      'retry',
    ]);
    expect(verdicts[3]).toMatchObject({ reason: 'time budget is spent' });
  });

  test('goes on calling within the time budget', async () => {
    const { calls, forward } = createCounted({}, { callMs: BATCH_BUDGET_MS / 4 - 1 });
    const verdicts = await forward(runs(4));
    expect(calls).toHaveLength(4);
    expect(verdicts.every(({ verdict }) => verdict === 'started')).toBe(true);
  });

  test('stops calling when Temporal is away', async () => {
    const absent = createExecutions(clientOf(NOBODY));
    const { calls, forward } = createCounted(absent);
    const batch = [...runs(3), envelopeOf(intentOf('key.1'))];
    const verdicts = await forward(batch);
    expect(calls).toHaveLength(1);
    expect(verdicts.map(({ id }) => id)).toEqual(batch.map(({ id }) => id));
    for (const verdict of verdicts)
      expect(verdict).toMatchObject({
        verdict: 'retry',
        reason: 'temporal answered UNAVAILABLE',
      });
  });

  test('goes on calling when Temporal refuses one', async () => {
    await using temporal = await startFailingTemporal(3);
    const refusing = createExecutions(temporal.client);
    const { calls, forward } = createCounted({ signalWithStart: refusing.signalWithStart });
    const batch = [...runs(2), envelopeOf(STACK_EVENT)];
    expect((await forward(batch)).map(({ verdict, reason }) => [verdict, reason])).toEqual([
      ['refused', 'temporal answered INVALID_ARGUMENT'],
      ['refused', 'temporal answered INVALID_ARGUMENT'],
      ['started', undefined],
    ]);
    expect(calls).toHaveLength(3);
  });

  test('loses no event to a start that finds nothing', async () => {
    await using temporal = await startFailingTemporal(5);
    const lost = createExecutions(temporal.client);
    const { forward } = createCounted(lost);
    const observed = [...runs(1), envelopeOf(intentOf('key.1'))];
    const proposed = envelopeOf(runEventOf('01P', 'FINISHED', 3, { runType: 'PROPOSED' }));
    expect((await forward([...observed, proposed])).map(({ verdict }) => verdict)).toEqual([
      'retry',
      'retry',
      'already-handled',
    ]);
  });

  test('gives the time budget to each batch anew', async () => {
    const { forward } = createCounted({}, { callMs: BATCH_BUDGET_MS });
    for (let batch = 0; batch < 2; batch += 1)
      expect(await forward(runs(1))).toMatchObject([{ verdict: 'started' }]);
  });

  test('answers an empty batch with nothing', async () => {
    expect(await createCounted().forward([])).toEqual([]);
  });
});
