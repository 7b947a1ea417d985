/**
 * How an intent waits: for something to be so, but in silence no longer than it has patience for, and never past its
 * deadline. All waits of an execution share one timer where they can, since every timer is a billed Action.
 */
import { condition, sleep } from '@temporalio/workflow';

export type Patience = {
  /** `silent` may come sooner than the time given: then ask, and wait on. */
  readonly until: (isMet: () => boolean, silenceMs: number) => Promise<'met' | 'silent' | 'late'>;
};

/** As 0.1.0 waited: a timer a wait, no deadline. */
export const ONE_TIMER_A_WAIT: Patience = {
  until: async (isMet, silenceMs) => ((await condition(isMet, silenceMs)) ? 'met' : 'silent'),
};

type Timer = { readonly at: number; hasFired: boolean };

/** `deadlineAt` in epoch ms, null for none. A silence of 0 never ends. */
export function createPatience(deadlineAt: number | null): Patience {
  const lateAt = deadlineAt ?? Number.POSITIVE_INFINITY;
  let running: Timer | null = null;

  async function run(timer: Timer): Promise<void> {
    try {
      await sleep(timer.at - Date.now());
      timer.hasFired = true;
    } catch {
      // Cancelled together with the execution, whose waits are told so themselves.
    }
    if (running === timer) running = null;
  }

  function armFor(at: number): Timer {
    const timer: Timer = { at, hasFired: at <= Date.now() };
    if (!Number.isFinite(at) || timer.hasFired) return timer;
    running = timer;
    void run(timer);
    return timer;
  }

  return {
    async until(isMet, silenceMs) {
      const silentAt = silenceMs > 0 ? Date.now() + silenceMs : Number.POSITIVE_INFINITY;
      const at = Math.min(silentAt, lateAt);
      const timer = running !== null && running.at <= at ? running : armFor(at);
      await condition(() => isMet() || timer.hasFired);
      if (isMet()) return 'met';
      return timer.at >= lateAt ? 'late' : 'silent';
    },
  };
}
