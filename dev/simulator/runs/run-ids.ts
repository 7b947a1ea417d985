/**
 * Run ids: ULIDs whose random part is told by seed, stack and ordinal, and whose time part only ever grows within a
 * stack, so that older runs compare smaller. With ids by seed the time part is the ordinal too, and the same seed gives
 * the same ids whenever it is used.
 */
import { ulid } from 'ulid';
import { createRandom } from '../../random.ts';

/** Where the time of seeded ids begins: 2024-01-01. */
const EPOCH_MS = 1_704_067_200_000;

type RunPlace = { readonly stackId: string; readonly ordinal: number; readonly createdAt: number };

export type RunIdKind = 'timed' | 'seeded';

export class RunIds {
  readonly #seed: number;
  readonly #kind: RunIdKind;
  readonly #lastOfStack = new Map<string, number>();

  constructor({ seed, runIds }: { readonly seed: number; readonly runIds: RunIdKind }) {
    this.#seed = seed;
    this.#kind = runIds;
  }

  next({ stackId, ordinal, createdAt }: RunPlace): string {
    const wanted = this.#kind === 'seeded' ? EPOCH_MS + ordinal : createdAt;
    const at = Math.max(wanted, (this.#lastOfStack.get(stackId) ?? 0) + 1);
    this.#lastOfStack.set(stackId, at);
    return ulid(at, createRandom(this.#seed, 'run-id', stackId, ordinal));
  }
}
