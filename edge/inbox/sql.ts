/**
 * The little of SQLite that an inbox needs, the same on a Durable Object's storage and on `node:sqlite`. Synchronous on
 * both: statements between two pauses belong together.
 */

export type SqlValue = string | number | null | ArrayBuffer | Uint8Array<ArrayBuffer>;

export type Sql = {
  /** One statement, with its rows. */
  readonly query: <Row>(statement: string, ...bindings: SqlValue[]) => Row[];
  /** Several statements without bindings. */
  readonly run: (statements: string) => void;
  /** All of what `work` writes is on disk when this returns, or nothing of it. */
  readonly transaction: <T>(work: () => T) => T;
};

/** A list of any length as one binding, in JSON: there may be no more than 100 of them on Cloudflare. */
export const AMONG = 'IN (SELECT value FROM json_each(?))';

/** First column of the first row; null when there is none. */
export function firstOf(sql: Sql, statement: string, ...bindings: SqlValue[]): unknown {
  const [row] = sql.query<Record<string, unknown>>(statement, ...bindings);
  return row === undefined ? null : (Object.values(row)[0] ?? null);
}
