/**
 * Brings a part that died back, as a service manager does on a server: killing one is how a person sees that nothing is
 * lost. Gives up when the part does not come back, or dies again and again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Death, Part } from './processes.ts';

const FIRST_WAIT_MS = 2000;
const TRIES = 5;

/** More deaths than this of one part within the time are no accident. */
const DEATHS_LIMIT = 5;
const DEATHS_WITHIN_MS = 60_000;

export type RevivalDeps = {
  readonly tell: (text: string) => void;
  /** The part stays dead: everything else has to end. */
  readonly giveUp: (death: Death) => void;
  /** Aborted once everything is to end anyway. */
  readonly signal: AbortSignal;
  /** Before the first try; doubled before each further one. Default long enough to be seen missing. */
  readonly firstWaitMs?: number;
};

export function createRevival({
  tell,
  giveUp,
  signal,
  firstWaitMs = FIRST_WAIT_MS,
}: RevivalDeps): (death: Death) => void {
  const deaths = new Map<Part, number[]>();

  async function revive({ part, how }: Death): Promise<boolean> {
    const now = Date.now();
    const recent = (deaths.get(part) ?? []).filter((at) => now - at < DEATHS_WITHIN_MS);
    deaths.set(part, [...recent, now]);
    if (recent.length >= DEATHS_LIMIT) return false;
    tell(`${part.name} ended with ${how}; starting it again …`);
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      await sleep(firstWaitMs * 2 ** attempt);
      if (signal.aborted) return true;
      try {
        await part.start();
        tell(`${part.name} is up again`);
        return true;
      } catch {
        // Tried again until the tries are spent: a worker cannot come back before its Temporal server does.
      }
    }
    return false;
  }

  return (death) => {
    void revive(death).then((isBack) => isBack || signal.aborted || giveUp(death));
  };
}
