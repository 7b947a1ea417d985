import { describe, expect, test } from 'vitest';
import { createSlots } from '../../edge/sqlite/slots.ts';
import { range } from './kit.ts';

/** Visitors who leave when told. */
function setUp(count: number) {
  const slots = createSlots(count);
  const inside: number[] = [];
  const leave = new Map<number, () => void>();
  const visit = (visitor: number) =>
    slots.use(() => {
      inside.push(visitor);
      return new Promise<number>((resolve) => leave.set(visitor, () => resolve(visitor)));
    });
  return { slots, inside, visit, leave: (visitor: number) => leave.get(visitor)?.() };
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('createSlots()', () => {
  test('use() lets so many in at a time and the others after them, in the order they asked', async () => {
    const { inside, visit, leave } = setUp(2);
    const visits = range(5).map(visit);
    await pause();
    expect(inside).toEqual([0, 1]);
    leave(1);
    await pause();
    expect(inside).toEqual([0, 1, 2]);
    leave(0);
    leave(2);
    await pause();
    expect(inside).toEqual([0, 1, 2, 3, 4]);
    leave(3);
    leave(4);
    expect(await Promise.all(visits)).toEqual([0, 1, 2, 3, 4]);
  });

  test('use() gives the slot back after a failure and passes the failure on', async () => {
    const { slots, inside, visit, leave } = setUp(1);
    await expect(slots.use(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    const after = visit(7);
    await pause();
    expect(inside).toEqual([7]);
    leave(7);
    await after;
  });

  test('close() waits for those inside and lets nobody else in', async () => {
    const { slots, inside, visit, leave } = setUp(2);
    for (const visitor of range(3)) void visit(visitor);
    await pause();
    let isClosed = false;
    const closed = slots.close().then(() => (isClosed = true));
    leave(0);
    await pause();
    expect({ inside, isClosed }).toEqual({ inside: [0, 1], isClosed: false });
    leave(1);
    await closed;
    void visit(9);
    await pause();
    expect(inside).toEqual([0, 1]);
  });

  test('close() resolves at once when nobody is inside', async () => {
    await createSlots(1).close();
  });
});
