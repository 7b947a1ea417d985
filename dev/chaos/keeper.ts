/**
 * Strikes one part with the faults planned for it, one after the other, and brings it back. Starts again what died
 * unasked, as a service manager would: a worker may give up on a Temporal server that stays away.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Part } from '../launcher/processes.ts';
import type { PlannedFault } from './schedule.ts';

export type Keeper = {
  readonly name: string;
  /** When the part was frozen, in epoch ms. */
  readonly standstills: () => readonly { readonly from: number; readonly to: number }[];
  /** Strikes once earlier faults of this part are over. */
  readonly strike: (fault: PlannedFault) => void;
  /** Whether a fault is due that waits for the part to come back from an earlier one. */
  readonly isBehind: () => boolean;
  /** The part died unasked. */
  readonly revive: (how: string) => void;
  /** Resolves when the part is up and nothing is planned for it any more. */
  readonly settled: () => Promise<void>;
};

export type KeeperDeps = {
  /** A line for people: what happened to the part. */
  readonly tell: (what: string) => void;
  /** Aborted when the time is over: nothing is started any more. */
  readonly signal: AbortSignal;
};

/** A part that cannot start yet (its Temporal server is away) is tried again after this. */
const NEXT_TRY_MS = 500;

/** A part is left alone for so long once it is back, so that the next fault meets one at work. */
const AT_WORK_MS = 1500;

const STRUCK = { kill: 'killed', freeze: 'frozen', restart: 'stopped' } as const;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

export function createKeeper(part: Part, { tell, signal }: KeeperDeps): Keeper {
  const { name } = part;
  let last: Promise<void> = Promise.resolve();
  let atWorkAt = 0;
  let isAway = false;
  let due = 0;
  const standstills: { from: number; to: number }[] = [];
  const enqueue = (work: () => Promise<void>) => {
    last = doAfter(last, work);
    // A failure is heard of by whoever waits for the end.
    last.catch(() => {});
  };

  async function doAfter(earlier: Promise<void>, work: () => Promise<void>): Promise<void> {
    await earlier;
    if (!signal.aborted) await work();
  }

  async function strike({ kind, forMs }: PlannedFault): Promise<void> {
    await sleep(Math.max(0, atWorkAt - Date.now()));
    due -= 1;
    isAway = true;
    tell(`${name} ${STRUCK[kind]} for ${seconds(forMs)}`);
    if (kind === 'freeze') part.freeze();
    else await (kind === 'kill' ? part.kill() : part.stop());
    const from = Date.now();
    await sleep(forMs);
    if (kind === 'freeze') standstills.push({ from, to: Date.now() });
    if (kind === 'freeze') part.thaw();
    else await bringBack();
    isAway = false;
    atWorkAt = Date.now() + AT_WORK_MS;
  }

  async function bringBack(): Promise<void> {
    const startedAt = Date.now();
    while (part.pid === null && !signal.aborted) {
      try {
        await part.start();
        tell(`${name} is back, started in ${seconds(Date.now() - startedAt)}`);
      } catch (error) {
        if (signal.aborted) throw error;
        await sleep(NEXT_TRY_MS);
      }
    }
  }

  return {
    name,
    standstills: () => standstills,
    strike(fault) {
      due += 1;
      enqueue(() => strike(fault));
    },
    isBehind: () => isAway && due > 0,
    revive: (how) =>
      enqueue(async () => {
        tell(`${name} ended with ${how}`);
        await bringBack();
      }),
    settled: () => last,
  };
}
