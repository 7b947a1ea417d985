/** The names of inboxes as a directory lists them, from its table `inboxes`. */
import type { InboxNames } from './inbox.ts';
import type { Sql } from './sql.ts';

/** In the order of the names; the cursor is the last name of the page before. */
export function pageOfNames(sql: Sql, limit: number, cursor: string | null): InboxNames {
  const names = sql
    .query<{ name: string }>(
      'SELECT name FROM inboxes WHERE name > ? ORDER BY name LIMIT ?',
      cursor ?? '',
      limit + 1,
    )
    .map(({ name }) => name);
  const inboxes = names.slice(0, limit);
  return { inboxes, nextCursor: names.length > limit ? (inboxes.at(-1) ?? null) : null };
}
