/** One timer a run, for what comes next in the state it is in; once it has left that state, nothing comes. */
import type { Clock } from '../clock.ts';
import { currentTransition, type Run } from '../model.ts';

export class RunTimers {
  readonly #clock: Clock;
  readonly #cancels = new Map<string, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(run: Run, delayMs: number, next: () => void): void {
    const { stateVersion } = currentTransition(run);
    const cancel = this.#clock.after(delayMs, () => {
      this.#cancels.delete(run.id);
      if (currentTransition(run).stateVersion === stateVersion) next();
    });
    this.#cancels.set(run.id, cancel);
  }

  clear(run: Run): void {
    this.#cancels.get(run.id)?.();
    this.#cancels.delete(run.id);
  }

  clearAll(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }
}
