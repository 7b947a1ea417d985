/**
 * One inbox as a Durable Object: its SQLite and its alarm, lent to the engine. What the platform adds is here: an alarm
 * that survives, and a name that must be told to the directory.
 */
import { DurableObject } from 'cloudflare:workers';
import { DEFAULT_PACING, parseConfig } from '../config.ts';
import { InboxEngine } from '../inbox/engine.ts';
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
import { createLog, type Log } from '../log.ts';
import { createTransport } from '../transport.ts';
import { directoryOf, type InboxDirectory } from './inbox-directory.ts';
import { sqlOf } from './object-sql.ts';
import { routeToStarter, type StarterBinding } from './starter-route.ts';

export type InboxObjectEnv = StarterBinding & {
  readonly INBOX_DIRECTORY: DurableObjectNamespace<InboxDirectory>;
};

export class InboxObject extends DurableObject<InboxObjectEnv> {
  readonly #sql: Sql;
  readonly #engine: InboxEngine;
  readonly #log: Log;
  /** Known after the first look; never untrue again. */
  #isRegistered = false;

  constructor(ctx: DurableObjectState, env: InboxObjectEnv) {
    super(ctx, env);
    const parsed = parseConfig(env);
    const config = parsed.ok ? parsed.value : null;
    const starter = config?.starter ?? null;
    const { storage } = ctx;
    this.#log = createLog(config?.logLevel ?? 'info');
    this.#sql = sqlOf(storage);
    this.#engine = new InboxEngine({
      sql: this.#sql,
      alarm: {
        setFor: () => storage.getAlarm(),
        set: (at) => storage.setAlarm(at),
        clear: () => storage.deleteAlarm(),
      },
      forward: createTransport({
        route: starter && routeToStarter(starter, env),
        clock: () => Date.now(),
        newId: () => crypto.randomUUID(),
      }),
      pacing: config?.pacing ?? DEFAULT_PACING,
      forwardTimeoutMs: starter?.timeoutMs ?? 0,
      clock: () => Date.now(),
      sleep: (ms) => scheduler.wait(ms),
      random: () => Math.random(),
      log: this.#log,
    });
  }

  async accept(inbox: string, delivery: StoredDelivery): Promise<Acceptance> {
    const acceptance = await this.#engine.accept(inbox, delivery);
    if (!this.#isRegistered) this.ctx.waitUntil(this.#register());
    return acceptance;
  }

  list(query: ListQuery): DeliverySummary[] {
    return listDeliveries(this.#sql, query);
  }

  show(deliveryId: string): DeliveryDetails | null {
    const shown = showDelivery(this.#sql, deliveryId);
    return shown && { outage: this.#engine.outage, ...shown };
  }

  body(deliveryId: string): PackedBody | null {
    return packedBodyOf(this.#sql, deliveryId);
  }

  count(): InboxCounts {
    return { outage: this.#engine.outage, ...countDeliveries(this.#sql) };
  }

  redeliver(deliveryIds: readonly string[]): Promise<DeliverySummary[]> {
    return this.#engine.redeliver(deliveryIds);
  }

  remove(key: string): void {
    this.#engine.store.remove(key);
  }

  override async alarm(): Promise<void> {
    this.ctx.waitUntil(this.#register());
    await this.#engine.ring();
  }

  /** Makes the inbox known to operators, once; a failure costs nothing but another try at the next occasion. */
  async #register(): Promise<void> {
    const { store } = this.#engine;
    const name = store.memo('name');
    this.#isRegistered = store.memo('registered') === true;
    if (name === null || this.#isRegistered) return;
    try {
      await directoryOf(this.env.INBOX_DIRECTORY).register(name);
      store.setMemo('registered', true);
    } catch (error) {
      this.#log.warn('Cannot register inbox', { inbox: name, error: String(error) });
    }
  }
}
