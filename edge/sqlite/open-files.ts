/**
 * The inbox files that are open, at most so many. Whoever works with a file holds a `Sql` that opens it when it is used:
 * between two pauses nobody else works, so any other file can be closed at any time, and nobody need give one back.
 */
import type { Sql } from '../inbox/sql.ts';
import { type Database, openDatabase } from './database.ts';

export type OpenFiles = {
  readonly sqlOf: (path: string) => Sql;
  /** Closes one; the next use opens it anew. */
  readonly close: (path: string) => void;
  /** Closes all; there is no next use. */
  readonly end: () => void;
};

export function createOpenFiles(limit: number, open = openDatabase): OpenFiles {
  /** Least recently used first. */
  const files = new Map<string, Database>();
  let isEnded = false;

  function close(path: string): void {
    const file = files.get(path);
    files.delete(path);
    file?.close();
  }

  function use(path: string): Database {
    if (isEnded) throw new Error('Cannot open inbox: the edge is stopping');
    const known = files.get(path);
    if (known === undefined) makeRoom();
    const file = known ?? open(path);
    files.delete(path);
    files.set(path, file);
    return file;
  }

  function makeRoom(): void {
    const [oldest] = files.keys();
    if (oldest !== undefined && files.size >= limit) close(oldest);
  }

  return {
    sqlOf: (path) => ({
      query: (statement, ...bindings) => use(path).query(statement, ...bindings),
      run: (statements) => use(path).run(statements),
      transaction: (work) => use(path).transaction(work),
    }),
    close,
    end() {
      isEnded = true;
      for (const path of files.keys()) close(path);
    },
  };
}
