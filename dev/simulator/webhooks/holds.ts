/** Deliveries held back until the next one of their kind is through, so that the two change places. */
import type { Pauses } from '../clock.ts';

/** A run may stay in a state for days, and no next delivery comes; then order is restored by waiting. */
const HOLD_LIMIT_MS = 10_000;

export class Holds {
  readonly #pauses: Pauses;
  readonly #releases = new Map<string, () => void>();

  constructor(pauses: Pauses) {
    this.#pauses = pauses;
  }

  /** Resolves once the next of the kind is through, or after the limit. */
  hold(kind: string): Promise<void> {
    return new Promise((resolve) => {
      this.#releases.set(kind, resolve);
      void this.#pauses.wait(HOLD_LIMIT_MS).then(resolve);
    });
  }

  /** Whoever is held back by the kind; to be called when the next one is through. */
  takeRelease(kind: string): () => void {
    const release = this.#releases.get(kind);
    this.#releases.delete(kind);
    return () => release?.();
  }
}
