import { describe, expect, test } from 'vitest';
import { createLaneBook, type LaneBook } from '../../../shared/workflow/lane-book.ts';
import type { Doubt, LaneAnswer, LaneRequest } from '../../../shared/workflow/messages.ts';
import { SETTINGS } from './settings.ts';

const requestOf = (key: string): LaneRequest => ({
  executionId: `spacelift/demo/app/trigger/${key}`,
  key,
  runType: 'TRACKED',
  commit: null,
  retry: SETTINGS.retry,
  askedAt: 0,
  traceId: '',
});

const assigned = (runId: string): LaneAnswer => ({ outcome: 'assigned', runId, attempts: 1 });
const notTriggered: LaneAnswer = { outcome: 'not-triggered', reason: 'locked', attempts: 3 };
const doubtOf = (key: string, since: number): Doubt => ({
  since,
  key,
  runType: 'TRACKED',
  commit: null,
});

/** As continue-as-new does it: through JSON. */
const carryOver = (book: LaneBook) =>
  createLaneBook(JSON.parse(JSON.stringify(book.memory())) as ReturnType<LaneBook['memory']>);

describe('createLaneBook()', () => {
  describe('queue', () => {
    test('serves requests in the order they came', () => {
      const book = createLaneBook();
      const requests = ['a', 'b', 'c'].map(requestOf);
      for (const request of requests) book.enqueue(request);
      for (const request of requests) {
        expect(book.next()).toBe(request);
        book.answer(request, assigned(`run of ${request.key}`));
      }
      expect(book.next()).toBeUndefined();
    });

    test('takes a request that asks again once', () => {
      const book = createLaneBook();
      for (const key of ['a', 'b', 'a']) book.enqueue(requestOf(key));
      expect(book.memory().queue.map(({ key }) => key)).toEqual(['a', 'b']);
    });

    test('keeps the request in hand until it is answered', () => {
      const book = createLaneBook();
      book.enqueue(requestOf('a'));
      expect(book.next()).toBe(book.next());
      expect(book.next()?.key).toBe('a');
    });
  });

  describe('answers', () => {
    test('are kept by key, whichever the outcome', () => {
      const book = createLaneBook();
      book.answer(requestOf('a'), assigned('01A'));
      book.answer(requestOf('b'), notTriggered);
      expect(book.answerTo('a')).toEqual(assigned('01A'));
      expect(book.answerTo('b')).toEqual(notTriggered);
      expect(book.answerTo('c')).toBeUndefined();
    });

    test('tell which runs are taken', () => {
      const book = createLaneBook();
      book.answer(requestOf('a'), assigned('01A'));
      book.answer(requestOf('b'), notTriggered);
      expect(book.isTaken('01A')).toBe(true);
      expect(book.isTaken('01B')).toBe(false);
    });

    test('are kept up to 500, the oldest forgotten first', () => {
      const book = createLaneBook();
      for (let count = 1; count <= 500; count += 1)
        book.answer(requestOf(`key.${count}`), assigned(`01R${count}`));
      expect(book.answerTo('key.1')).toEqual(assigned('01R1'));
      book.answer(requestOf('key.501'), assigned('01R501'));
      expect(book.answerTo('key.1')).toBeUndefined();
      expect(book.isTaken('01R1')).toBe(false);
      expect(book.answerTo('key.2')).toEqual(assigned('01R2'));
      expect(book.memory().answers).toHaveLength(500);
    });
  });

  describe('doubts', () => {
    const HORIZON_MS = 1000;

    test('are kept oldest first, and forgotten past the horizon', () => {
      const book = createLaneBook();
      const [older, newer] = [doubtOf('a', 0), doubtOf('b', 500)];
      book.openDoubt(older);
      book.openDoubt(newer);
      book.forgetDoubts(HORIZON_MS, HORIZON_MS);
      expect(book.doubts()).toEqual([older, newer]);
      book.forgetDoubts(HORIZON_MS + 1, HORIZON_MS);
      expect(book.doubts()).toEqual([newer]);
      book.forgetDoubts(HORIZON_MS + 501, HORIZON_MS);
      expect(book.doubts()).toEqual([]);
    });

    test('are alike by type, commit, command and retried run', () => {
      const book = createLaneBook();
      const like = doubtOf('a', 0);
      const others: Doubt[] = [
        { ...like, runType: 'PROPOSED' },
        { ...like, commit: 'abcdef0' },
        { ...like, command: 'ls' },
        { ...like, retryOf: '01R' },
      ];
      for (const doubt of [like, ...others]) book.openDoubt(doubt);
      expect(book.doubtsLike({ ...requestOf('b'), command: null, retryOf: null })).toEqual([like]);
      for (const other of others) expect(book.doubtsLike(other)).toEqual([other]);
    });

    test('are closed one by one, even among equals', () => {
      const book = createLaneBook();
      for (let count = 0; count < 2; count += 1) book.openDoubt(doubtOf('a', 0));
      const [first] = book.doubts();
      if (first === undefined) throw new Error('Cannot close doubt: none is open');
      book.closeDoubt(first);
      expect(book.doubts()).toHaveLength(1);
      book.closeDoubt(first);
      expect(book.doubts()).toHaveLength(1);
    });
  });

  describe('attempts', () => {
    test('are those of the first in the queue alone', () => {
      const book = createLaneBook();
      for (const key of ['a', 'b', 'c']) book.enqueue(requestOf(key));
      expect([book.countAttempt(), book.countAttempt()]).toEqual([1, 2]);
      book.answer(requestOf('b'), notTriggered);
      expect(book.attempts()).toBe(2);
      book.answer(requestOf('a'), notTriggered);
      expect(book.attempts()).toBe(0);
    });
  });

  describe('hints', () => {
    test('are kept only for intents in the queue or in doubt', () => {
      const book = createLaneBook();
      book.enqueue(requestOf('queued'));
      book.openDoubt(doubtOf('doubted', 0));
      book.answer(requestOf('done'), assigned('01DONE'));
      for (const key of ['queued', 'doubted', 'done', 'unknown'])
        book.hint({ runId: `run of ${key}`, key });
      expect(book.memory().owners).toEqual([
        { runId: 'run of queued', key: 'queued' },
        { runId: 'run of doubted', key: 'doubted' },
      ]);
    });

    test('are open until their run is given away', () => {
      const book = createLaneBook();
      for (const key of ['a', 'b']) book.enqueue(requestOf(key));
      expect(book.hasHint('a')).toBe(false);
      book.hint({ runId: '01A', key: 'a' });
      expect([book.hasHint('a'), book.hasHint('b')]).toEqual([true, false]);
      book.answer(requestOf('b'), assigned('01A'));
      expect(book.hasHint('a')).toBe(false);
    });
  });

  describe('extras', () => {
    test('are taken, up to 500', () => {
      const book = createLaneBook();
      for (let count = 1; count <= 501; count += 1) book.addExtra(`01R${count}`);
      expect([book.isTaken('01R1'), book.isTaken('01R2')]).toEqual([false, true]);
      expect(book.memory().extras).toHaveLength(500);
    });
  });

  describe('memory()', () => {
    test('carries queue, answers and doubts over', () => {
      const book = createLaneBook();
      book.answer(requestOf('done'), assigned('01DONE'));
      book.enqueue(requestOf('a'));
      book.enqueue(requestOf('b'));
      book.openDoubt(doubtOf('a', 7));
      book.countAttempt();
      book.withdraw('b');
      book.addExtra('01EXTRA');
      book.hint({ runId: '01A', key: 'a' });

      const next = carryOver(book);
      expect(next.memory()).toEqual(book.memory());
      expect(next.next()).toEqual(requestOf('a'));
      expect(next.isTaken('01DONE')).toBe(true);
      expect(next.attempts()).toBe(1);
      expect([next.isWithdrawn('a'), next.isWithdrawn('b')]).toEqual([false, true]);
      expect(next.isTaken('01EXTRA')).toBe(true);
      expect(next.ownerOf('01A')).toBe('a');
      next.enqueue(requestOf('b'));
      expect(next.memory().queue).toHaveLength(2);
      const [doubt] = next.doubts();
      if (doubt === undefined) throw new Error('Cannot close doubt: none was carried over');
      next.closeDoubt(doubt);
      expect(next.memory().doubts).toEqual([]);
    });

    test('is a copy that later changes leave alone', () => {
      const book = createLaneBook();
      book.enqueue(requestOf('a'));
      const memory = book.memory();
      book.answer(requestOf('a'), notTriggered);
      book.openDoubt(doubtOf('a', 0));
      expect(memory).toMatchObject({ queue: [requestOf('a')], answers: [], doubts: [] });
    });
  });
});
