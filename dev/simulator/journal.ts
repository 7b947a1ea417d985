/** What happened, for whoever asks afterwards: operations received and deliveries sent, the oldest forgotten first. */

import type { StruckFault } from './api/fault-book.ts';

/** Entries of each kind that are kept; enough for any session on a laptop. */
const ENTRIES_LIMIT = 20_000;

export type OperationEntry = {
  readonly at: number;
  /** Root field of the document. */
  readonly operation: string;
  readonly stack?: string;
  readonly run?: string;
  /** Id of the API key that asked; absent for nobody's request. */
  readonly key?: string;
  readonly userMetadata?: string;
  /** The fault that befell it. */
  readonly fault?: StruckFault;
  /** Runs it made, also those whose answer was lost or that came late. */
  readonly made: string[];
  /** HTTP status of the answer; null while there is none, and for ever if it was lost. */
  status: number | null;
  /** First GraphQL error of the answer, or the answer itself unless its status was 200. */
  error?: string;
};

type Try = {
  readonly at: number;
  /** Null when no answer came. */
  readonly status: number | null;
  readonly error?: string;
};

export type DeliveryEntry = {
  readonly at: number;
  readonly webhook: string;
  readonly url: string;
  readonly family: string;
  readonly stack: string;
  readonly run: string;
  readonly state: string;
  readonly stateVersion: number;
  /** 1, or 2 for the second of a delivery that is sent twice. */
  readonly copy: number;
  readonly tries: Try[];
  /** A dropped delivery is never sent and has no tries. */
  outcome: DeliveryOutcome;
};

type DeliveryOutcome = 'pending' | 'delivered' | 'failed' | 'dropped';

export class Journal {
  readonly #operations: OperationEntry[] = [];
  readonly #deliveries: DeliveryEntry[] = [];

  addOperation(entry: OperationEntry): void {
    append(this.#operations, entry);
  }

  addDelivery(entry: DeliveryEntry): void {
    append(this.#deliveries, entry);
  }

  /** Oldest first. */
  read(): {
    readonly operations: readonly OperationEntry[];
    readonly deliveries: readonly DeliveryEntry[];
  } {
    return { operations: this.#operations, deliveries: this.#deliveries };
  }

  /** Whether a delivery about the run is under way. */
  isDelivering(runId: string): boolean {
    return this.#deliveries.some(({ run, outcome }) => run === runId && outcome === 'pending');
  }

  /** Deliveries by outcome. */
  countDeliveries(): Readonly<Record<DeliveryOutcome, number>> {
    const counts = { pending: 0, delivered: 0, failed: 0, dropped: 0 };
    for (const { outcome } of this.#deliveries) counts[outcome] += 1;
    return counts;
  }
}

function append<Entry>(entries: Entry[], entry: Entry): void {
  entries.push(entry);
  if (entries.length > ENTRIES_LIMIT) entries.shift();
}
