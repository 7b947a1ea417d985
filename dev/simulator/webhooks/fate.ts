/** Which of a webhook's faults befall one delivery. Decides only; the sender drops, repeats, waits and holds back. */
import type { Random } from '../../random.ts';

/** What goes wrong on the way from Spacelift to a webhook's address. */
export type DeliveryFaults = {
  /** Probability that a delivery is never sent. */
  readonly drop: number;
  /** Probability that it is sent twice. */
  readonly duplicate: number;
  /** Longest random delay of each copy; with it deliveries overtake each other. */
  readonly delayMs: number;
  /** Probability that it is held back until the next one about the run has been sent. */
  readonly reorder: number;
};

export type Fate = {
  /** The delay of each copy that is sent; none when the delivery is dropped. */
  readonly delays: readonly number[];
  readonly isHeldBack: boolean;
};

export function decideFate(faults: DeliveryFaults, random: Random): Fate {
  // Every number is drawn, so that changing one fault leaves what the others strike.
  const [drop, duplicate, ...delays] = [random(), random(), random(), random()];
  const reorder = random();
  const copies = drop < faults.drop ? 0 : duplicate < faults.duplicate ? 2 : 1;
  return {
    delays: delays.slice(0, copies).map((draw) => Math.floor(draw * (faults.delayMs + 1))),
    isHeldBack: reorder < faults.reorder,
  };
}
