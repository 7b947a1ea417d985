/** What happened, for whoever asks afterwards: operations received and deliveries sent, the oldest forgotten first. */

/** Entries of each kind that are kept; enough for any session on a laptop. */
const ENTRIES_LIMIT = 20_000;

export type OperationEntry = {
  readonly at: number;
  /** Root field of the document. */
  readonly operation: string;
  readonly stack?: string;
  readonly run?: string;
  /** HTTP status of the answer. */
  readonly status: number;
  readonly userMetadata?: string;
  /** First GraphQL error of the answer, or that the answer was a fault of ours. */
  readonly error?: string;
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
