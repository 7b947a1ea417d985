/** Bounded waiting for something to be seen. */
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;

/** Looks again and again until there is an answer; the error names what was not seen and the last trouble in looking. */
export async function eventually<T>(
  what: string,
  withinMs: number,
  look: () => Promise<T | null | undefined>,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  let trouble = '';
  while (Date.now() < deadline) {
    try {
      const seen = await look();
      if (seen !== null && seen !== undefined) return seen;
      trouble = '';
    } catch (error) {
      trouble = ` (${error instanceof Error ? error.message : String(error)})`;
    }
    await sleep(POLL_MS);
  }
  throw new Error(`Cannot see ${what}: not within ${withinMs / 1000} s${trouble}`);
}
