import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accountFor, type Known, runFor } from '../../../shared/workflow/lane-runs.ts';
import type { Doubt, LaneRequest } from '../../../shared/workflow/messages.ts';
import type { FoundRun } from '../../../shared/workflow/ports.ts';
import { SETTINGS } from './settings.ts';

const WISH = { runType: 'TRACKED', commit: null } as const;
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const SKEW_MS = 2000;
const AT = 1_760_000_000_000;

const runAt = (runId: string, createdAt: number): FoundRun => ({ runId, createdAt });
const doubtAt = (key: string, since: number): Doubt => ({ ...WISH, key, since });
const requestAt = (key: string, askedAt: number): LaneRequest => ({
  ...WISH,
  key,
  executionId: `spacelift/demo/app/trigger/${key}`,
  retry: SETTINGS.retry,
  askedAt,
  traceId: '',
});

const known = (
  taken: readonly string[] = [],
  owners: Readonly<Record<string, string>> = {},
): Known => ({
  isTaken: (runId) => taken.includes(runId),
  ownerOf: (runId) => owners[runId],
});

const RUNS = ['01A', '01B', '01C'].map((runId) => runAt(runId, AT));

describe('runFor()', () => {
  test('is the oldest that is not taken', () => {
    expect(runFor('a', RUNS, known())?.runId).toBe('01A');
    expect(runFor('a', RUNS, known(['01A', '01B']))?.runId).toBe('01C');
    expect(runFor('a', RUNS, known(['01A', '01B', '01C']))).toBeNull();
    expect(runFor('a', [], known())).toBeNull();
  });

  test('prefers the one that is named for the intent to any guess', () => {
    expect(runFor('a', RUNS, known([], { '01C': 'a' }))?.runId).toBe('01C');
  });

  test('leaves alone what is named for others', () => {
    expect(runFor('a', RUNS, known([], { '01A': 'b', '01B': 'b' }))?.runId).toBe('01C');
    expect(runFor('a', RUNS, known(['01C'], { '01A': 'b', '01B': 'b' }))).toBeNull();
  });
});

describe('accountFor()', () => {
  const summary = (late: ReturnType<typeof accountFor>) =>
    late.map(({ run, doubt, request }) => [run.runId, doubt.key, request?.key ?? null]);

  test('gives a late run to the first that asked before it was made', () => {
    const requests = [
      requestAt('late', AT + SKEW_MS + 1),
      requestAt('early', AT),
      requestAt('x', AT),
    ];
    expect(summary(accountFor([runAt('01A', AT)], [doubtAt('d', AT)], requests, known()))).toEqual([
      ['01A', 'd', 'early'],
    ]);
  });

  test('allows for clocks that differ, and not for more', () => {
    const find = (askedAt: number, since: number) =>
      summary(
        accountFor([runAt('01A', AT)], [doubtAt('d', since)], [requestAt('r', askedAt)], known()),
      );
    expect(find(AT + SKEW_MS, AT + SKEW_MS)).toEqual([['01A', 'd', 'r']]);
    expect(find(AT + SKEW_MS + 1, AT)).toEqual([['01A', 'd', null]]);
    expect(find(AT, AT + SKEW_MS + 1)).toEqual([]);
  });

  test('leaves a run alone for which there is no doubt', () => {
    const late = accountFor(RUNS, [doubtAt('d', AT), doubtAt('e', AT)], [], known());
    expect(summary(late)).toEqual([
      ['01A', 'd', null],
      ['01B', 'e', null],
    ]);
  });

  test('goes by the name a run carries', () => {
    const doubts = [doubtAt('d', AT), doubtAt('e', AT)];
    const requests = [requestAt('r', AT), requestAt('e', AT + SKEW_MS + 1)];
    const late = accountFor(RUNS, doubts, requests, known([], { '01B': 'e' }));
    expect(summary(late)).toEqual([
      ['01A', 'd', 'r'],
      ['01B', 'e', 'e'],
    ]);
  });

  test('goes by the time of a run whose intent has no doubt any more', () => {
    const late = accountFor([runAt('01A', AT)], [doubtAt('d', AT)], [], known([], { '01A': 'e' }));
    expect(summary(late)).toEqual([['01A', 'd', null]]);
  });

  test('accounts for every run, doubt and request once at most, and for no run that is taken', () => {
    const instant = fc.integer({ min: 0, max: 20_000 });
    const letters = fc.uniqueArray(fc.constantFrom(...KEYS), { maxLength: 8 });
    fc.assert(
      fc.property(
        fc.array(instant, { maxLength: 8 }),
        fc.array(fc.tuple(fc.constantFrom(...KEYS), instant), { maxLength: 8 }),
        letters,
        instant,
        fc.array(fc.nat(7), { maxLength: 4 }),
        fc.dictionary(
          fc.nat(7).map((index) => `01R${index}`),
          fc.constantFrom(...KEYS),
        ),
        (createdAts, doubted, keys, askedAt, takenIndexes, owners) => {
          const runs = createdAts
            .toSorted((left, right) => left - right)
            .map((createdAt, index) => runAt(`01R${index}`, createdAt));
          const doubts = doubted.map(([key, since]) => doubtAt(key, since));
          const requests = keys.map((key, index) => requestAt(key, askedAt + 1000 * index));
          const knows = known(
            takenIndexes.map((index) => `01R${index}`),
            owners,
          );
          const late = accountFor(runs, doubts, requests, knows);
          const given = late.flatMap(({ request }) => request ?? []);
          expect(new Set(late.map(({ run }) => run)).size).toBe(late.length);
          expect(new Set(late.map(({ doubt }) => doubt)).size).toBe(late.length);
          expect(new Set(given).size).toBe(given.length);
          for (const { run, doubt, request } of late) {
            const owner = knows.ownerOf(run.runId);
            expect(knows.isTaken(run.runId)).toBe(false);
            if (doubt.key !== owner)
              expect(run.createdAt).toBeGreaterThanOrEqual(doubt.since - SKEW_MS);
            if (request !== null && request.key !== owner)
              expect(run.createdAt).toBeGreaterThanOrEqual(request.askedAt - SKEW_MS);
          }
          const unsettled = doubts.filter((doubt) => !late.some((each) => each.doubt === doubt));
          const left = runs.filter(
            (run) => !knows.isTaken(run.runId) && !late.some((each) => each.run === run),
          );
          for (const run of left)
            for (const { since } of unsettled) expect(run.createdAt).toBeLessThan(since - SKEW_MS);
        },
      ),
      { numRuns: 20_000 },
    );
  });
});
