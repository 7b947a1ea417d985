import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLaneBook, type LaneBook } from '../../../shared/workflow/lane-book.ts';
import { accountFor, runFor } from '../../../shared/workflow/lane-runs.ts';
import type { Doubt, LaneMemory, LaneRequest } from '../../../shared/workflow/messages.ts';
import type { FoundRun } from '../../../shared/workflow/ports.ts';
import { SETTINGS } from './settings.ts';

/**
 * A lane's day without a server: intents ask and withdraw, triggers are answered or not, runs are made at once, late or
 * never, some with a name on them, and at any moment the lane continues as new.
 */
type Happening =
  | { readonly kind: 'ask' | 'ask-again' | 'withdraw'; readonly intent: number }
  | {
      readonly kind: 'serve';
      readonly fate: 'made' | 'lost' | 'late' | 'none';
      readonly isNamed: boolean;
    }
  | { readonly kind: 'hint'; readonly run: number }
  | { readonly kind: 'look' | 'continue-as-new' };

const intentArbitrary = fc.nat(11);

const happeningArbitrary: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ kind: fc.constantFrom('ask', 'ask-again', 'withdraw'), intent: intentArbitrary }),
  fc.record({
    kind: fc.constant('serve'),
    fate: fc.constantFrom('made', 'lost', 'late', 'none'),
    isNamed: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('hint'), run: fc.nat(15) }),
  fc.record({ kind: fc.constantFrom('look', 'continue-as-new') }),
);

const WISH = { runType: 'TRACKED', commit: null } as const;

const requestOf = (intent: number, askedAt: number): LaneRequest => ({
  ...WISH,
  executionId: `spacelift/demo/app/trigger/key.${intent}`,
  key: `key.${intent}`,
  retry: SETTINGS.retry,
  askedAt,
  traceId: '',
});

/** Seconds apart, so that clocks that differ do not matter. */
const STEP_MS = 10_000;

function liveThrough(happenings: readonly Happening[]) {
  let book: LaneBook = createLaneBook();
  let now = 0;
  const runs: (FoundRun & { readonly madeFor: string })[] = [];
  const given = new Map<string, string>();
  const asked = new Set<string>();
  const give = (key: string, runId: string) => {
    expect(given.has(key), `${key} is given one run`).toBe(false);
    expect([...given.values()], `${runId} is given once`).not.toContain(runId);
    given.set(key, runId);
    book.answer({ key }, { outcome: 'assigned', runId, attempts: book.attempts() });
  };
  const visible = () => runs.filter(({ createdAt }) => createdAt <= now);

  function serve({ fate, isNamed }: Happening & { kind: 'serve' }): void {
    const request = book.next();
    if (request === undefined) return;
    const { key } = request;
    if (book.isWithdrawn(key)) {
      book.answer(request, { outcome: 'not-triggered', reason: 'withdrawn', attempts: 0 });
      return;
    }
    book.countAttempt();
    const runId = `01R${runs.length}`;
    const createdAt = fate === 'late' ? now + 3 * STEP_MS : now;
    if (fate !== 'none') runs.push({ runId, createdAt, madeFor: key });
    if (fate === 'made') return give(key, runId);
    const doubt: Doubt = { ...WISH, key, since: now };
    book.openDoubt(doubt);
    if (isNamed && fate === 'lost') book.hint({ runId, key });
    const found = runFor(
      key,
      visible().filter(({ createdAt }) => createdAt >= now),
      book,
    );
    if (found === null) return;
    book.closeDoubt(doubt);
    give(key, found.runId);
  }

  function look(): void {
    for (const { run, doubt, request } of accountFor(
      visible(),
      book.doubts(),
      book.queue(),
      book,
    )) {
      book.closeDoubt(doubt);
      if (request === null) book.addExtra(run.runId);
      else give(request.key, run.runId);
    }
  }

  for (const happening of happenings) {
    now += STEP_MS;
    switch (happening.kind) {
      case 'ask':
      case 'ask-again': {
        const request = requestOf(happening.intent, now);
        asked.add(request.key);
        if (book.answerTo(request.key) === undefined) book.enqueue(request);
        break;
      }
      case 'withdraw':
        if (book.queue().some(({ key }) => key === `key.${happening.intent}`))
          book.withdraw(`key.${happening.intent}`);
        break;
      case 'serve':
        serve(happening);
        break;
      case 'hint': {
        const run = visible()[happening.run];
        if (run !== undefined) book.hint({ runId: run.runId, key: run.madeFor });
        break;
      }
      case 'look':
        look();
        break;
      case 'continue-as-new': {
        const memory = JSON.stringify(book.memory());
        book = createLaneBook(JSON.parse(memory) as LaneMemory);
        expect(JSON.stringify(book.memory())).toBe(memory);
        break;
      }
    }
    for (const key of asked)
      expect(
        book.answerTo(key) !== undefined || book.queue().some((request) => request.key === key),
        `${key} is in the queue or answered`,
      ).toBe(true);
  }
  now += 10 * STEP_MS;
  look();
  for (const { runId } of runs)
    expect([...given.values()].includes(runId), `${runId} is known`).toBe(
      !(book.memory().extras ?? []).includes(runId),
    );
}

test('a lane loses no request, gives no run twice and knows every run it has made', () => {
  fc.assert(fc.property(fc.array(happeningArbitrary, { maxLength: 60 }), liveThrough), {
    numRuns: 20_000,
  });
});
