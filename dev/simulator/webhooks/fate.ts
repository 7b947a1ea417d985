/** Which of a webhook's faults befall one delivery. Decides only; the sender drops, repeats and waits. */
import type { Random } from '../../random.ts';

/** What goes wrong on the way from Spacelift to a webhook's address. */
export type DeliveryFaults = {
  /** Probability that a delivery is never sent. */
  readonly drop: number;
  /** Probability that it is sent twice. */
  readonly duplicate: number;
  /** Longest random delay of each copy; with it deliveries overtake each other. */
  readonly delayMs: number;
};

/** The delay of each copy that is sent; none when the delivery is dropped. */
export function decideFate(
  { drop, duplicate, delayMs }: DeliveryFaults,
  random: Random,
): readonly number[] {
  // Every number is drawn, so that changing one fault leaves what the others strike.
  const [dropDraw, duplicateDraw, ...delayDraws] = [random(), random(), random(), random()];
  const copies = dropDraw < drop ? 0 : duplicateDraw < duplicate ? 2 : 1;
  return delayDraws.slice(0, copies).map((draw) => Math.floor(draw * (delayMs + 1)));
}
