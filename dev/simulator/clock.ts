/** The simulator's time: handed in, so that a test may own it. */

export type Clock = {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Calls back once after the delay; the returned function calls it off. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
};

/** Waits that can all be cut short when their owner closes. */
export class Pauses {
  readonly #clock: Clock;
  readonly #ends = new Set<() => void>();
  #isEnded = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the owner has closed; nothing waits any more then. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  wait(ms: number): Promise<void> {
    if (this.#isEnded) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        this.#ends.delete(end);
        cancel();
        resolve();
      };
      const cancel = this.#clock.after(ms, end);
      this.#ends.add(end);
    });
  }

  endAll(): void {
    this.#isEnded = true;
    for (const end of this.#ends) end();
  }
}

/** The same instants, but delays that pass so many times as quickly. */
export const scaleClock = (clock: Clock, speed: number): Clock => ({
  now: clock.now,
  after: (delayMs, callback) => clock.after(delayMs / speed, callback),
});

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
