import { describe, expect, test } from 'vitest';
import { checkHistory, type Rule } from '../../../dev/chaos/checker.ts';
import { goodHistory, type MutableHistory } from './histories.ts';

/** The item that answers to the name; a test that names none is at fault itself. */
function only<Item>(items: Item[], wanted: (item: Item) => boolean): Item {
  const [found, ...others] = items.filter(wanted);
  if (found === undefined || others.length > 0) throw new Error('Cannot spoil: not one such item');
  return found;
}

const executionOf = ({ executions }: MutableHistory, run: string) =>
  only(executions, ({ id }) => id.endsWith(`/${run}`));

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
      'a run is followed of which nothing was kept',
      'execution-unfounded',
      (history) =>
        void history.executions.push({
          ...executionOf(history, 'b'),
          id: 'spacelift/demo/app/run/c',
          signalled: [],
        }),
      /spacelift\/demo\/app\/run\/c is about nothing that was kept/,
    ],
    [
      'an execution was started for something else',
      'execution-unfounded',
      (history) =>
        void history.executions.push({
          ...executionOf(history, 'b'),
          id: 'spacelift/demo/app/lane',
          signalled: [],
        }),
      /spacelift\/demo\/app\/lane is about nothing that was kept/,
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
      'hardly anything was acknowledged',
      'too-few',
      (history) => {
        for (const { tries, run } of history.sent)
          if (run !== 'c') for (const attempt of tries) attempt.status = null;
      },
      /only 0 of 10 deliveries were acknowledged/,
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
