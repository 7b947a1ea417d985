import { expect, test } from 'vitest';
import { tableOf } from '../../../dev/chaos/table.ts';

test('tableOf() has a row a seed, and one for all of them', () => {
  const figures = {
    sent: 10,
    acknowledged: 8,
    kept: 9,
    handled: 9,
    runs: 4,
    followed: 4,
    intents: 3,
    assigned: 2,
    triggers: 5,
    late: 1,
    extras: 1,
    notices: 2,
    repeated: 1,
    kills: 6,
    freezes: 2,
    restarts: 0,
  };
  expect(
    tableOf([
      { seed: 7, seconds: 61.4, figures, verdict: 'passed' },
      { seed: 8, seconds: 60, figures, verdict: 'run-shared: run a serves b and c' },
      { seed: 9, seconds: 1, figures: null, verdict: 'Cannot start worker' },
    ]),
  ).toEqual([
    '| seed | sent | acknowledged / kept / handled | runs / followed | intents / assigned | triggers | late / extra | notices / repeated | kills / freezes / restarts | s | verdict |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |',
    '| 7 | 10 | 8 / 9 / 9 | 4 / 4 | 3 / 2 | 5 | 1 / 1 | 2 / 1 | 6 / 2 / 0 | 61 | passed |',
    '| 8 | 10 | 8 / 9 / 9 | 4 / 4 | 3 / 2 | 5 | 1 / 1 | 2 / 1 | 6 / 2 / 0 | 60 | run-shared: run a serves b and c |',
    '| 9 | - | - / - / - | - / - | - / - | - | - / - | - / - | - / - / - | 1 | Cannot start worker |',
    '| all | 20 | 16 / 18 / 18 | 8 / 8 | 6 / 4 | 10 | 2 / 2 | 4 / 2 | 12 / 4 / 0 | 122 | 1 of 3 passed |',
  ]);
});
