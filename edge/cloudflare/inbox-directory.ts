/**
 * The names of all inboxes, in one Durable Object: nobody can ask the platform which objects there are. Each inbox
 * registers once, so this object is no bottleneck; forwarding never depends on it.
 */
import { DurableObject } from 'cloudflare:workers';
import type { InboxNames } from '../inbox/inbox.ts';

const DIRECTORY_NAME = 'directory';

export class InboxDirectory extends DurableObject {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec('CREATE TABLE IF NOT EXISTS inboxes (name TEXT PRIMARY KEY) WITHOUT ROWID');
  }

  register(name: string): void {
    this.#sql.exec('INSERT OR IGNORE INTO inboxes VALUES (?)', name);
  }

  /** In the order of their names; the cursor is the last name of the page before. */
  names(limit: number, cursor: string | null): InboxNames {
    const names = this.#sql
      .exec<{ name: string }>(
        'SELECT name FROM inboxes WHERE name > ? ORDER BY name LIMIT ?',
        cursor ?? '',
        limit + 1,
      )
      .toArray()
      .map(({ name }) => name);
    const inboxes = names.slice(0, limit);
    return { inboxes, nextCursor: names.length > limit ? (inboxes.at(-1) ?? null) : null };
  }
}

export const directoryOf = (namespace: DurableObjectNamespace<InboxDirectory>) =>
  namespace.getByName(DIRECTORY_NAME);
