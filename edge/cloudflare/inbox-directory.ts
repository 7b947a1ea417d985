/**
 * The names of all inboxes, in one Durable Object: nobody can ask the platform which objects there are. Each inbox
 * registers once, so this object is no bottleneck; forwarding never depends on it.
 */
import { DurableObject } from 'cloudflare:workers';
import type { InboxNames } from '../inbox/inbox.ts';
import { pageOfNames } from '../inbox/names.ts';
import type { Sql } from '../inbox/sql.ts';
import { sqlOf } from './object-sql.ts';

const DIRECTORY_NAME = 'directory';

export class InboxDirectory extends DurableObject {
  readonly #sql: Sql;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    this.#sql = sqlOf(ctx.storage);
    this.#sql.run('CREATE TABLE IF NOT EXISTS inboxes (name TEXT PRIMARY KEY) WITHOUT ROWID');
  }

  register(name: string): void {
    this.#sql.query('INSERT OR IGNORE INTO inboxes VALUES (?)', name);
  }

  names(limit: number, cursor: string | null): InboxNames {
    return pageOfNames(this.#sql, limit, cursor);
  }
}

export const directoryOf = (namespace: DurableObjectNamespace<InboxDirectory>) =>
  namespace.getByName(DIRECTORY_NAME);
