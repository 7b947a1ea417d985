/**
 * The engine's alarm as a timer of this process. Nothing of it is stored: after a start, the deliveries themselves say
 * when their inbox must wake. Never rings beside itself; what is set while it rings, rings afterwards.
 */
import type { Alarm } from '../inbox/engine.ts';

/** Timers with a longer wait ring at once. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

export type TimerAlarm = Alarm & {
  /** Rings no more; a ringing goes on to its end. */
  readonly stop: () => void;
};

export function createTimerAlarm(ring: () => Promise<void>, clock: () => number): TimerAlarm {
  let setFor: number | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isRinging = false;
  let isStopped = false;

  function wind(): void {
    clearTimeout(timer);
    if (setFor === null || isRinging || isStopped) return;
    const wait = Math.min(Math.max(0, setFor - clock()), LONGEST_WAIT_MS);
    timer = setTimeout(() => void onTime(), wait);
  }

  async function onTime(): Promise<void> {
    // A timer may be a little early, and one with the longest wait is early by far.
    if (setFor === null || setFor > clock()) return wind();
    setFor = null;
    isRinging = true;
    try {
      await ring();
    } finally {
      isRinging = false;
      wind();
    }
  }

  return {
    setFor: async () => setFor,
    async set(at) {
      setFor = at;
      wind();
    },
    async clear() {
      setFor = null;
      wind();
    },
    stop() {
      isStopped = true;
      wind();
    },
  };
}
