/**
 * So many at a time, the others in the order they asked. An inbox asks anew for every batch, so that one with a long
 * backlog lets those with one event go between its batches.
 */
export type Slots = {
  readonly use: <T>(work: () => Promise<T>) => Promise<T>;
  /** Lets nobody in any more, for good, and waits for those who are. */
  readonly close: () => Promise<void>;
};

export function createSlots(count: number): Slots {
  let taken = 0;
  const waiting: (() => void)[] = [];
  let onEmpty: (() => void) | null = null;

  const enter = () =>
    new Promise<void>((resolve) => {
      waiting.push(resolve);
      admit();
    });

  function admit(): void {
    if (onEmpty !== null) {
      if (taken === 0) onEmpty();
      return;
    }
    if (taken >= count) return;
    const next = waiting.shift();
    if (next === undefined) return;
    taken += 1;
    next();
  }

  return {
    async use(work) {
      await enter();
      try {
        return await work();
      } finally {
        taken -= 1;
        admit();
      }
    },
    close: () =>
      new Promise((resolve) => {
        onEmpty = resolve;
        admit();
      }),
  };
}
