/**
 * Which inbox is in which file, a persisted format (docs/wire.md): a name may hold any text, so files have numbers. Open
 * for the life of the process, it is also the lock of the folder.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { InboxNames } from '../inbox/inbox.ts';
import { pageOfNames } from '../inbox/names.ts';
import { firstOf } from '../inbox/sql.ts';
import { type Database, openDatabase } from './database.ts';

const VERSION = 1;

/** Bodies name people. */
const OWNER_ONLY = 0o700;

const TABLE = `CREATE TABLE IF NOT EXISTS inboxes (
name TEXT PRIMARY KEY,
number INTEGER NOT NULL UNIQUE
) WITHOUT ROWID;
PRAGMA user_version = ${VERSION}`;

export type Directory = {
  /** Null for an inbox that is not there. */
  readonly pathOf: (name: string) => string | null;
  /** The same, after making the name known; on disk when this returns. */
  readonly register: (name: string) => string;
  /** In the order of their names; the cursor is the last name of the page before. */
  readonly names: (limit: number, cursor: string | null) => InboxNames;
  readonly all: () => Iterable<string>;
  readonly close: () => void;
};

export function openDirectory(folder: string): Directory {
  const database = openFolder(folder);
  const paths = new Map<string, string>();
  let last = 0;
  const keep = (name: string, number: number) => {
    const path = join(folder, `${number}.db`);
    paths.set(name, path);
    last = Math.max(last, number);
    return path;
  };
  for (const { name, number } of database.query<{ name: string; number: number }>(
    'SELECT name, number FROM inboxes',
  ))
    keep(name, number);

  return {
    pathOf: (name) => paths.get(name) ?? null,
    register(name) {
      const known = paths.get(name);
      if (known !== undefined) return known;
      database.query('INSERT INTO inboxes VALUES (?, ?)', name, last + 1);
      return keep(name, last + 1);
    },
    names: (limit, cursor) => pageOfNames(database, limit, cursor),
    all: () => paths.keys(),
    close: database.close,
  };
}

function openFolder(folder: string): Database {
  let database: Database | null = null;
  try {
    mkdirSync(folder, { recursive: true, mode: OWNER_ONLY });
    database = openDatabase(join(folder, 'directory.db'));
    const version = Number(firstOf(database, 'PRAGMA user_version'));
    if (version > VERSION) throw new Error(`its directory is of version ${version}`);
    database.transaction(() => database?.run(TABLE));
    return database;
  } catch (cause) {
    database?.close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    const state = reason.includes('database is locked') ? 'another process has it' : reason;
    throw new Error(`Cannot open inbox folder "${folder}": ${state}`, { cause });
  }
}
