/**
 * One SQLite file behind the port `Sql`, by `node:sqlite`, which Node, Bun and Deno have alike. A commit is on disk when
 * it returns. The file belongs to this process alone, for as long as it is open.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { Sql, SqlValue } from '../inbox/sql.ts';

/**
 * Locked first: a log that nobody shares needs no shared memory beside it. FULL waits for the disk at every commit. A log
 * that one large body has stretched is cut back to this many bytes.
 */
const SETTINGS = `
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA journal_size_limit = ${4 * 1024 * 1024}`;

export type Database = Sql & { readonly close: () => void };

/** Makes the file when there is none; throws while another process has it. */
export function openDatabase(path: string): Database {
  const database = new DatabaseSync(path);
  try {
    database.exec(SETTINGS);
  } catch (error) {
    database.close();
    throw error;
  }
  const statements = new Map<string, StatementSync>();

  function prepared(statement: string): StatementSync {
    const known = statements.get(statement);
    if (known !== undefined) return known;
    const made = database.prepare(statement);
    statements.set(statement, made);
    return made;
  }

  return {
    query: <Row>(statement: string, ...bindings: SqlValue[]) =>
      prepared(statement).all(...(bindings as SQLInputValue[])) as Row[],
    run: (statements) => database.exec(statements),
    transaction(work) {
      database.exec('BEGIN IMMEDIATE');
      try {
        const outcome = work();
        database.exec('COMMIT');
        return outcome;
      } catch (error) {
        // A full disk has ended it already.
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    },
    close: () => database.close(),
  };
}
