/** A Durable Object's SQLite behind the port `Sql`; the platform answers nobody before the disk has what was written. */
import type { Sql, SqlValue } from '../inbox/sql.ts';

export const sqlOf = (storage: DurableObjectStorage): Sql => ({
  query: <Row>(statement: string, ...bindings: SqlValue[]) =>
    storage.sql.exec(statement, ...bindings).toArray() as Row[],
  run: (statements) => {
    storage.sql.exec(statements);
  },
  transaction: (work) => storage.transactionSync(work),
});
