/**
 * One inbox in one file: the engine with its SQLite and its alarm. What a file adds to it is here: it may fail to open,
 * and it may be closed whenever nobody uses it.
 */
import { type EngineDeps, InboxEngine } from '../inbox/engine.ts';
import type { PackedBody } from '../inbox/gzip.ts';
import type {
  Acceptance,
  DeliveryDetails,
  DeliverySummary,
  InboxCounts,
  ListQuery,
} from '../inbox/inbox.ts';
import type { Sql } from '../inbox/sql.ts';
import type { StoredDelivery } from '../inbox/store.ts';
import { countDeliveries, listDeliveries, packedBodyOf, showDelivery } from '../inbox/views.ts';
import type { OpenFiles } from './open-files.ts';
import { createTimerAlarm, type TimerAlarm } from './timer-alarm.ts';

export type InboxFileDeps = Omit<EngineDeps, 'sql' | 'alarm'> & {
  readonly files: OpenFiles;
  /** Waits for a turn of one's own: thousands of alarms may ring at one time, and requests go between them. */
  readonly turn: () => Promise<void>;
};

export class InboxFile {
  readonly #name: string;
  readonly #path: string;
  readonly #deps: InboxFileDeps;
  readonly #sql: Sql;
  readonly #alarm: TimerAlarm;
  #engine: InboxEngine | null = null;
  #isStopped = false;

  constructor(name: string, path: string, deps: InboxFileDeps) {
    this.#name = name;
    this.#path = path;
    this.#deps = deps;
    this.#sql = deps.files.sqlOf(path);
    this.#alarm = createTimerAlarm(() => this.#inTurn((engine) => engine.ring()), deps.clock);
  }

  /** Once more after a failure, with the file newly opened: a damaged page in memory is not one on disk. */
  async accept(delivery: StoredDelivery): Promise<Acceptance> {
    try {
      return await this.#opened().engine.accept(this.#name, delivery);
    } catch {
      this.#deps.files.close(this.#path);
      return this.#opened().engine.accept(this.#name, delivery);
    }
  }

  list(query: ListQuery): DeliverySummary[] {
    return listDeliveries(this.#opened().sql, query);
  }

  show(deliveryId: string): DeliveryDetails | null {
    const { sql, engine } = this.#opened();
    const shown = showDelivery(sql, deliveryId);
    return shown && { outage: engine.outage, ...shown };
  }

  body(deliveryId: string): PackedBody | null {
    return packedBodyOf(this.#opened().sql, deliveryId);
  }

  count(): InboxCounts {
    const { sql, engine } = this.#opened();
    return { outage: engine.outage, ...countDeliveries(sql) };
  }

  redeliver(deliveryIds: readonly string[]): Promise<DeliverySummary[]> {
    return this.#opened().engine.redeliver(deliveryIds);
  }

  remove(key: string): void {
    this.#opened().engine.store.remove(key);
  }

  /** Sets the alarm by what is in the file: after a start there is no other that knows. */
  wake(): Promise<void> {
    return this.#inTurn((engine) => engine.rest());
  }

  /** No alarm rings any more. */
  stop(): void {
    this.#isStopped = true;
    this.#alarm.stop();
  }

  /** The engine makes or migrates the tables, so nothing reads them before it. */
  #opened(): { readonly sql: Sql; readonly engine: InboxEngine } {
    this.#engine ??= new InboxEngine({ ...this.#deps, sql: this.#sql, alarm: this.#alarm });
    return { sql: this.#sql, engine: this.#engine };
  }

  /** A file that cannot be used is tried again: its deliveries are acknowledged. */
  async #inTurn(work: (engine: InboxEngine) => Promise<void>): Promise<void> {
    const { log, clock, pacing, turn } = this.#deps;
    await turn();
    if (this.#isStopped) return;
    try {
      await work(this.#opened().engine);
    } catch (error) {
      log.error('Cannot use inbox', { inbox: this.#name, error: String(error) });
      await this.#alarm.set(clock() + pacing.backoffCapMs);
    }
  }
}
