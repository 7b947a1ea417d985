/**
 * Bad days on order: which request a fault befalls. Left to chance, the seed decides by what the request is: its
 * operation, stack and key, and how many like it came before. Timing changes nothing.
 */
import { createRandom, pick } from '../../random.ts';
import type { Fault } from './fault.ts';
import type { RootField } from './root-fields.ts';

/** The requests that a fault may befall, and how often. */
export type FaultTarget = {
  /** Root field of the document, or `any`. */
  readonly operation: string;
  /** Only requests that name this stack. */
  readonly stack?: string;
  /** Only requests of this API key. */
  readonly key?: string;
  /** Of each request; 1 strikes them all. */
  readonly probability: number;
  /** After so many the order is done; null for no end. */
  readonly times: number | null;
};

/** One of the faults strikes each time, as the seed decides. */
export type FaultOrder = FaultTarget & { readonly oneOf: readonly Fault[] };

/** `order` counts those given since the start, from 1. */
export type StruckFault = Fault & { readonly order: number };

type Waiting = { readonly order: FaultOrder; readonly number: number; struck: number };

/** What a request is, as far as faults go. */
type Call = { readonly fields: readonly RootField[]; readonly key: string | null };

export class FaultBook {
  readonly #seed: number;
  readonly #ordinals = new Map<string, number>();
  #waiting: Waiting[] = [];
  #ordered = 0;

  constructor({ seed }: { readonly seed: number }) {
    this.#seed = seed;
  }

  add(order: FaultOrder): number {
    this.#ordered += 1;
    this.#waiting.push({ order, number: this.#ordered, struck: 0 });
    return this.#ordered;
  }

  clear(): void {
    this.#waiting = [];
  }

  list(): readonly (FaultOrder & { readonly number: number; readonly struck: number })[] {
    return this.#waiting.map(({ order, ...progress }) => ({ ...order, ...progress }));
  }

  /** The fault of this request: that of the first order which strikes. */
  take({ fields, key }: Call): StruckFault | null {
    const calls = fields.map((field) => ({ field, label: this.#labelOf(field, key) }));
    for (const waiting of this.#waiting) {
      const { order, number } = waiting;
      const call = calls.find(({ field }) => isMeant(order, field, key));
      if (call === undefined) continue;
      const random = createRandom(this.#seed, 'fault', number, call.label);
      if (random() >= order.probability) continue;
      waiting.struck += 1;
      if (waiting.struck === order.times)
        this.#waiting = this.#waiting.filter((each) => each !== waiting);
      return { ...pick(order.oneOf, random), order: number };
    }
    return null;
  }

  /** Counts every call, struck or not, so that an order changes nothing for those given before it. */
  #labelOf({ name, stack }: RootField, key: string | null): string {
    const call = [name, stack ?? '', key ?? ''].join('/');
    const ordinal = this.#ordinals.get(call) ?? 0;
    this.#ordinals.set(call, ordinal + 1);
    return `${call}/${ordinal}`;
  }
}

const isMeant = (order: FaultOrder, field: RootField, key: string | null): boolean =>
  (order.operation === 'any' || order.operation === field.name) &&
  (order.stack === undefined || order.stack === field.stack) &&
  (order.key === undefined || order.key === key);
