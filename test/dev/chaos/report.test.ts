import { expect, test } from 'vitest';
import { checkHistory } from '../../../dev/chaos/checker.ts';
import { describeViolations, figuresOf, summaryOf } from '../../../dev/chaos/report.ts';
import { goodHistory } from './histories.ts';

test('summaryOf() counts what was sent, what became of it, and what struck', () => {
  const struck = (['kill', 'kill', 'freeze', 'restart'] as const).map((kind) => ({
    after: 1,
    part: 'edge' as const,
    kind,
    forMs: 1,
  }));
  expect(summaryOf(figuresOf(goodHistory(), struck))).toBe(
    'sent 11, dropped 2, duplicated 1, acknowledged 10, kept 11, handled 11, runs 5, followed 5, intents 3, triggers 3, assigned 1, extras 1, late 1, notices 5, repeated 1, decisions 0, kills 2, freezes 1, restarts 1',
  );
});

test('describeViolations() tells all about the delivery of the first, then the others', () => {
  const history = goodHistory();
  history.kept = history.kept.filter(({ seq }) => seq !== 4 && seq !== 8);
  const [first, ...lines] = describeViolations(history, checkHistory(history));
  expect(first).toBe('acknowledged-not-kept: run/demo/a/PLANNING/exact.3 is in no inbox');
  expect(lines).toEqual([
    '  webhook hook, copy 1, delivered: 202 at 2025-10-09T08:53:20.000Z',
    '  webhook hook, copy 2, delivered: 202 at 2025-10-09T08:53:20.000Z',
    '  execution spacelift/demo/app/run/a, COMPLETED',
    'acknowledged-not-kept: run/demo/a/FINISHED/exact.5 is in no inbox',
    'handled-not-kept: run/demo/a/PLANNING/exact.3 came to spacelift/demo/app/run/a from no inbox',
    'handled-not-kept: run/demo/a/FINISHED/exact.5 came to spacelift/demo/app/run/a from no inbox',
  ]);
});

test('describeViolations() tells tries without an answer, and what the inbox knows', () => {
  const history = goodHistory();
  for (const row of history.kept)
    if (row.seq === 5) Object.assign(row, { status: 'pending', lastError: 'starter is away' });
  expect(describeViolations(history, checkHistory(history))).toEqual([
    'kept-not-delivered: run/demo/a/PLANNING/exact.1 is pending: starter is away',
    expect.stringMatching(
      /^ {2}webhook hook, copy 1, delivered: no answer at .+, 503 at .+, 202 at /,
    ),
    '  inbox demo/app, seq 5, pending, verdict signalled, attempts 1, starter is away',
    '  execution spacelift/demo/app/run/a, COMPLETED',
  ]);
});

test('describeViolations() shows ten and counts the rest', () => {
  const history = goodHistory();
  const violations = Array.from({ length: 25 }, (_, index) => ({
    rule: 'order' as const,
    text: `number ${index}`,
    key: null,
  }));
  const lines = describeViolations(history, violations);
  expect(lines).toHaveLength(11);
  expect(lines.at(-1)).toBe('and 15 more');
  expect(describeViolations(history, violations.slice(0, 10))).toHaveLength(10);
});
