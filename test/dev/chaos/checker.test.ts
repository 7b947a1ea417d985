import { describe, expect, test } from 'vitest';
import { checkHistory } from '../../../dev/chaos/checker.ts';
import type { Rule } from '../../../dev/chaos/violation.ts';
import { goodHistory, type MutableHistory } from './histories.ts';

/** The item that answers to the name; a test that names none is at fault itself. */
function only<Item>(items: Item[], wanted: (item: Item) => boolean): Item {
  const [found, ...others] = items.filter(wanted);
  if (found === undefined || others.length > 0) throw new Error('Cannot spoil: not one such item');
  return found;
}

const executionOf = ({ executions }: MutableHistory, name: string) =>
  only(executions, ({ id }) => id.endsWith(`/${name}`));

const runOf = ({ runs }: MutableHistory, name: string) => only(runs, ({ id }) => id === name);

const intentOf = ({ intents }: MutableHistory, name: string) =>
  only(intents, ({ key }) => key.endsWith(`key.${name}`));

const resultOf = (history: MutableHistory, name: string) => {
  const { result } = executionOf(history, name);
  if (result === null) throw new Error('Cannot spoil: there is no result');
  return result;
};

const keptAt = ({ kept }: MutableHistory, seq: number) => only(kept, (row) => row.seq === seq);

const without = <Item>(items: Item[], unwanted: (item: Item) => boolean) =>
  items.splice(0, items.length, ...items.filter((item) => !unwanted(item)));

describe('checkHistory()', () => {
  test('finds nothing wrong where all promises were kept', () => {
    expect(checkHistory(goodHistory())).toEqual([]);
  });

  const SPOILED: readonly (readonly [
    name: string,
    rule: Rule,
    spoil: (history: MutableHistory) => void,
    text: RegExp,
  ])[] = [
    [
      'a genuine delivery is refused',
      'refused',
      ({ sent }) => void sent[0]?.tries.unshift({ at: 0, status: 401 }),
      /QUEUED\/exact\.0 was answered 401/,
    ],
    [
      'a genuine delivery is sent elsewhere',
      'refused',
      ({ sent }) => void sent[0]?.tries.unshift({ at: 0, status: 302 }),
      /was answered 302/,
    ],
    [
      'an acknowledged delivery is in no inbox and in no execution',
      'acknowledged-not-kept',
      (history) => {
        without(history.kept, ({ seq }) => seq === 4);
        without(executionOf(history, 'a').signalled, (key) => key.endsWith('PLANNING/exact.3'));
      },
      /^run\/demo\/a\/PLANNING\/exact\.3 is in no inbox$/,
    ],
    [
      'the only delivery of a run is acknowledged and lost',
      'acknowledged-not-kept',
      ({ sent }) => {
        const [first] = only(
          sent,
          ({ run, stateVersion }) => run === 'c' && stateVersion === 0,
        ).tries;
        if (first !== undefined) first.status = 200;
      },
      /^run\/demo\/c\/QUEUED\/exact\.0 is in no inbox$/,
    ],
    [
      'an acknowledged delivery reached its execution without being kept',
      'acknowledged-not-kept',
      (history) => void without(history.kept, ({ seq }) => seq === 4),
      /PLANNING\/exact\.3 is in no inbox/,
    ],
    [
      'a delivery reached its execution without being kept',
      'handled-not-kept',
      (history) => void without(history.kept, ({ seq }) => seq === 7),
      /UNCONFIRMED\/exact\.4 came to spacelift\/demo\/app\/run\/a from no inbox/,
    ],
    [
      'a delivery is kept that was dropped on the way',
      'kept-unsent',
      (history) => {
        history.kept.push({
          ...keptAt(history, 8),
          seq: 10,
          key: 'run/demo/a/UNCONFIRMED/exact.2',
        });
        executionOf(history, 'a').signalled.push('run/demo/a/UNCONFIRMED/exact.2');
      },
      /UNCONFIRMED\/exact\.2 was never sent/,
    ],
    [
      'a delivery is kept that nobody made',
      'kept-unsent',
      (history) =>
        void history.kept.push({
          ...keptAt(history, 8),
          seq: 10,
          key: 'run/demo/z/QUEUED/exact.0',
        }),
      /run\/demo\/z\/QUEUED\/exact\.0 was never sent/,
    ],
    [
      'a delivery is kept twice',
      'kept-twice',
      (history) => void history.kept.push({ ...keptAt(history, 8), inbox: 'demo/-', seq: 1 }),
      /FINISHED\/exact\.5 is in demo\/app and in demo\/-/,
    ],
    [
      'a delivery is still pending',
      'kept-not-delivered',
      (history) => void Object.assign(keptAt(history, 8), { status: 'pending', lastError: 'away' }),
      /FINISHED\/exact\.5 is pending: away/,
    ],
    [
      'a delivery is parked',
      'kept-not-delivered',
      (history) => void Object.assign(keptAt(history, 8), { status: 'parked', reason: 'refused' }),
      /FINISHED\/exact\.5 is parked: refused/,
    ],
    [
      'a kept delivery is in no signal',
      'kept-not-handled',
      (history) =>
        void without(executionOf(history, 'a').signalled, (key) =>
          key.endsWith('PLANNING/exact.1'),
        ),
      /PLANNING\/exact\.1 \(signalled\) is in no execution/,
    ],
    [
      'a run with a kept delivery has no execution',
      'kept-not-handled',
      (history) => void without(history.executions, ({ id }) => id.endsWith('/b')),
      /^run\/demo\/b\/QUEUED\/exact\.0 \(started\) is in no execution$/,
    ],
    [
      'a delivery was called too late by an execution that does not know its state',
      'kept-not-handled',
      (history) => void executionOf(history, 'b').steps.pop(),
      /FAILED\/exact\.2 \(already-handled\) is in no execution/,
    ],
    [
      'an observed run is not followed',
      'run-not-followed',
      (history) => void without(history.executions, ({ id }) => id.endsWith('/c')),
      /^nothing follows run c of app, DISCARDED$/,
    ],
    [
      'an execution is about a run that there is not',
      'execution-unfounded',
      (history) =>
        void history.executions.push({
          ...executionOf(history, 'b'),
          id: 'spacelift/demo/app/run/z',
          signalled: [],
        }),
      /spacelift\/demo\/app\/run\/z is about nothing that there was/,
    ],
    [
      'a run has two executions',
      'execution-doubled',
      (history) =>
        void history.executions.push({ ...executionOf(history, 'b'), executionRunId: 'second' }),
      /run\/b was started 2 times/,
    ],
    ...['RUNNING', 'FAILED', 'TERMINATED', 'TIMED_OUT'].map(
      (status) =>
        [
          `an execution is ${status}`,
          'execution-not-completed',
          (history: MutableHistory) => void (executionOf(history, 'a').status = status),
          new RegExp(`run/a is ${status}`),
        ] as const,
    ),
    [
      'a state is twice in the result',
      'steps-differ',
      (history) => void executionOf(history, 'b').steps.unshift('QUEUED'),
      /run\/b went through QUEUED QUEUED PLANNING FAILED, the run through QUEUED PLANNING FAILED/,
    ],
    [
      'a state that the run had twice is once in the result',
      'steps-differ',
      (history) => void executionOf(history, 'a').steps.splice(3, 1),
      /run\/a went through/,
    ],
    [
      'states are in another order in the result',
      'steps-differ',
      (history) =>
        void executionOf(history, 'b').steps.splice(0, 3, 'FAILED', 'PLANNING', 'QUEUED'),
      /run\/b went through FAILED PLANNING QUEUED/,
    ],
    [
      'a run was concluded twice',
      'done-differs',
      (history) => void executionOf(history, 'a').done.push('handle_completed_run'),
      /run\/a concluded 2 times/,
    ],
    [
      'a run was concluded in two ways',
      'done-differs',
      (history) => void executionOf(history, 'a').done.push('handle_failed_run'),
      /run\/a concluded 2 times/,
    ],
    [
      'a run was not concluded',
      'done-differs',
      (history) => void executionOf(history, 'b').done.pop(),
      /run\/b concluded 0 times/,
    ],
    [
      'a person was told more often than there was news',
      'done-differs',
      (history) => void executionOf(history, 'a').done.unshift('notify UNCONFIRMED'),
      /run\/a did "notify UNCONFIRMED" 3 times/,
    ],
    [
      'dependents of a run were wanted twice',
      'done-differs',
      (history) => void executionOf(history, 'a').done.unshift('trigger-dependents'),
      /run\/a did "trigger-dependents" 2 times/,
    ],
    [
      'the registry was told of a run twice',
      'done-differs',
      (history) => void executionOf(history, 'c').done.unshift('tell-registry'),
      /run\/c did "tell-registry" 2 times/,
    ],
    [
      'two deliveries of a run changed places between inbox and execution',
      'order',
      (history) => {
        const { signalled } = executionOf(history, 'a');
        const [third, fourth] = signalled.splice(4, 2);
        signalled.splice(4, 0, `${fourth}`, `${third}`);
      },
      /PLANNING\/exact\.3 \(4\) came to spacelift\/demo\/app\/run\/a after 5/,
    ],
    [
      'an execution says another end than Spacelift',
      'result-differs',
      (history) => void (resultOf(history, 'run/b').state = 'FINISHED'),
      /run\/b says FINISHED and failed, the run is FAILED/,
    ],
    [
      'an acknowledged intent has no execution',
      'intent-lost',
      (history) => void without(history.executions, ({ id }) => id.endsWith('key.none')),
      /^intent\/demo\/app\/key\.none has no execution$/,
    ],
    [
      'an intent gives up before its time',
      'intent-without-run',
      (history) => void (intentOf(history, 'none').maximumAttempts = 2),
      /key\.none ended not-triggered: no answer/,
    ],
    [
      'an intent is in doubt where that was not asked for',
      'intent-without-run',
      (history) => void (resultOf(history, 'key.none').outcome = 'in-doubt'),
      /key\.none ended in-doubt/,
    ],
    [
      'an intent got a run that there is not',
      'intent-run-wrong',
      (history) => void (resultOf(history, 'key.one').runId = 'z'),
      /run z of intent\/demo\/app\/key\.one is not there/,
    ],
    [
      'an intent got a run of another type',
      'intent-run-wrong',
      (history) => void (intentOf(history, 'one').runType = 'TASK'),
      /run one of .+ is TRACKED {2}of app/,
    ],
    [
      "an intent got somebody else's run",
      'intent-run-wrong',
      (history) => void (runOf(history, 'one').isOurs = false),
      /was made by somebody else/,
    ],
    [
      'an intent says another end than its run had',
      'intent-run-wrong',
      (history) => void (resultOf(history, 'key.one').outcome = 'completed'),
      /run one of .+ is FAILED, and the intent ended completed, FAILED/,
    ],
    [
      'an intent that can only be refused has a run',
      'intent-run-wrong',
      (history) => void (intentOf(history, 'one').mustEnd = 'not-triggered'),
      /key\.one ended failed, not not-triggered/,
    ],
    [
      'two intents share a run',
      'run-shared',
      (history) => void (resultOf(history, 'key.none').runId = 'one'),
      /run one serves intent\/demo\/app\/key\.one and intent\/demo\/app\/key\.none/,
    ],
    [
      "an intent got another's run, though none was late",
      'run-swapped',
      (history) => {
        runOf(history, 'one').madeFor = 'key.none';
        runOf(history, 'late').createdAt = 1_760_000_000_000;
      },
      /run one was made for key\.none, and went to intent\/demo\/app\/key\.one/,
    ],
    [
      "a run of ours is nobody's and unreported",
      'run-unreported',
      (history) => void executionOf(history, 'lane').notices.pop(),
      /run late of app, made for key\.one, is nobody's/,
    ],
    [
      "an intent's run is reported as nobody's",
      'run-extra',
      (history) => {
        const { notices } = executionOf(history, 'lane');
        notices.push(...notices.map((sent) => ({ ...sent, runId: 'one' })));
      },
      /run one is an intent's and was reported as nobody's/,
    ],
    [
      "more runs are nobody's than were late",
      'run-extra',
      (history) => void (runOf(history, 'late').createdAt = 1_760_000_000_000),
      /^1 runs of app are nobody's, and 0 were late$/,
    ],
    [
      'a decision that was said to be taken was not',
      'decision-lost',
      ({ decisions }) => void decisions.push({ runId: 'b', outcome: 'confirmed' }),
      /run b was said to be confirmed, and is not/,
    ],
    [
      'nobody was to be told of a run that failed',
      'notice-missing',
      (history) => void executionOf(history, 'run/b').notices.pop(),
      /run\/b failed, and told so 0 times/,
    ],
    [
      'a notice that was sent did not come out',
      'notice-lost',
      ({ told }) => void told.splice(0, 1),
      /"run-waiting a" came 1 times, and was sent 2 times/,
    ],
    [
      'a notice came out more often than it was begun',
      'notice-doubled',
      ({ told }) => void told.push('run-failed b'),
      /"run-failed b" came 3 times, begun 2 times/,
    ],
    [
      'a notice came from nowhere',
      'notice-doubled',
      ({ told }) => void told.push('run-failed z'),
      /"run-failed z" came 1 times, begun 0 times/,
    ],
    [
      'hardly anything was acknowledged',
      'too-few',
      (history) => {
        for (const { tries } of [...history.sent, ...history.intents])
          for (const attempt of tries) attempt.status = null;
      },
      /only 0 of 13 deliveries were acknowledged/,
    ],
  ];

  test.each(SPOILED)('sees that %s', (_, rule, spoil, text) => {
    const history = goodHistory();
    spoil(history);
    const found = checkHistory(history);
    expect(
      found.filter((violation) => violation.rule === rule).map((violation) => violation.text),
    ).toEqual(expect.arrayContaining([expect.stringMatching(text)]));
  });

  test('names first what is nearest to the cause', () => {
    const history = goodHistory();
    history.kept = [];
    history.executions = [];
    const [first] = checkHistory(history);
    expect(first).toEqual({
      rule: 'acknowledged-not-kept',
      text: 'run/demo/a/QUEUED/exact.0 is in no inbox',
      key: 'run/demo/a/QUEUED/exact.0',
    });
  });

  test('does not mind a repetition of what came before, in any place', () => {
    const history = goodHistory();
    const { signalled } = executionOf(history, 'a');
    signalled.push(...signalled);
    expect(checkHistory(history)).toEqual([]);
  });

  test('wants a tenth of the deliveries acknowledged, and no more', () => {
    const history = goodHistory();
    history.intents = [];
    const keys = [
      ...new Set(history.sent.filter(({ tries }) => tries.length > 0).map(({ key }) => key)),
    ];
    const acknowledge = (count: number) => {
      for (const { key, tries } of history.sent)
        for (const attempt of tries) attempt.status = keys.indexOf(key) < count ? 202 : null;
      return checkHistory(history).map(({ rule }) => rule);
    };
    expect(keys).toHaveLength(10);
    expect(acknowledge(1)).not.toContain('too-few');
    expect(acknowledge(0)).toContain('too-few');
  });
});

test('checkHistory() lets a person decide about a run once for each time that it is decided', () => {
  const history = goodHistory();
  const { done } = executionOf(history, 'run/c');
  done.unshift('discard run');
  expect(checkHistory(history)).toEqual([]);
  done.unshift('discard run');
  expect(checkHistory(history).map(({ text }) => text)).toEqual([
    'spacelift/demo/app/run/c did "discard run" 2 times',
  ]);
});
