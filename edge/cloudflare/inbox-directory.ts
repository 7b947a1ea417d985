/**
 * The names of all inboxes, in one Durable Object: nobody can ask the platform which objects there are. Each inbox
 * registers once, so this object is no bottleneck; forwarding never depends on it.
 */
import { DurableObject } from 'cloudflare:workers';
import type { InboxNames } from '../inbox.ts';

const DIRECTORY_NAME = 'directory';

export class InboxDirectory extends DurableObject {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(
      'CREATE TABLE IF NOT EXISTS inboxes (name TEXT PRIMARY KEY, registered_at INTEGER NOT NULL) WITHOUT ROWID',
    );
  }

  register(name: string): void {
    this.#sql.exec(
      'INSERT INTO inboxes (name, registered_at) VALUES (?, ?) ON CONFLICT DO NOTHING',
      name,
      Date.now(),
    );
  }

  /** In the order of their names; the cursor is the last name of the page before. */
  names(limit: number, cursor: string | null): InboxNames {
    const rows = this.#sql
      .exec<{ inbox: string; registeredAt: number }>(
        'SELECT name AS inbox, registered_at AS registeredAt FROM inboxes WHERE name > ? ORDER BY name LIMIT ?',
        cursor ?? '',
        limit + 1,
      )
      .toArray();
    const inboxes = rows.slice(0, limit);
    return { inboxes, nextCursor: rows.length > limit ? (inboxes.at(-1)?.inbox ?? null) : null };
  }
}

export const directoryOf = (namespace: DurableObjectNamespace<InboxDirectory>) =>
  namespace.getByName(DIRECTORY_NAME);
