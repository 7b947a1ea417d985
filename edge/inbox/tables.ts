/**
 * Tables of one inbox, a persisted format (docs/wire.md). WITHOUT ROWID, because a text key beside a rowid costs a second
 * written row; the one index serves forwarding, listing and counting alike. Columns are named as the fields they hold.
 */
import { firstOf, type Sql } from './sql.ts';

/**
 * Kept in `memos.schema`. Version 1 had no columns for what a delivery came with and how its attempts went, and kept
 * small bodies as it kept large ones.
 */
const VERSION = 2;

/** SQLite's rows stop at 2 MB on Cloudflare, though not locally. */
export const CHUNK_BYTES = 1024 * 1024;

const NEW_IN_VERSION_2 = ['headers TEXT', 'secretLabel TEXT', 'history TEXT', 'body BLOB'];

/** `body` holds a small raw body, `bodies` the gzip of a larger one, cut; `memos` single facts about the inbox itself, as JSON. */
const TABLES = `
CREATE TABLE IF NOT EXISTS deliveries (
key TEXT PRIMARY KEY,
deliveryId TEXT NOT NULL,
seq INTEGER NOT NULL,
orderKey TEXT NOT NULL,
webhook TEXT NOT NULL,
eventType TEXT NOT NULL,
receivedAt INTEGER NOT NULL,
traceparent TEXT NOT NULL,
envelope TEXT,
bodyBytes INTEGER NOT NULL,
status TEXT NOT NULL,
reason TEXT,
attempts INTEGER NOT NULL DEFAULT 0,
redeliveries INTEGER NOT NULL DEFAULT 0,
nextAttemptAt INTEGER NOT NULL DEFAULT 0,
retryingSince INTEGER,
lastError TEXT,
verdict TEXT,
executionId TEXT,
settledAt INTEGER,
${NEW_IN_VERSION_2.join()}
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS deliveriesByStatus ON deliveries (status, seq, nextAttemptAt, orderKey);
CREATE TABLE IF NOT EXISTS bodies (
seq INTEGER NOT NULL,
part INTEGER NOT NULL,
bytes BLOB NOT NULL,
PRIMARY KEY (seq, part)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS memos (name TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO memos VALUES ('schema', '${VERSION}') ON CONFLICT DO NOTHING`;

/** Makes the tables, or brings those of an earlier version up to this one; throws on those of a later one. */
export function openTables(sql: Sql): void {
  sql.transaction(() => {
    sql.run(TABLES);
    const found = Number(firstOf(sql, `SELECT json FROM memos WHERE name = 'schema'`));
    if (found > VERSION) throw new Error(`Cannot open inbox: its tables are of version ${found}`);
    if (found === VERSION) return;
    for (const column of NEW_IN_VERSION_2) sql.run(`ALTER TABLE deliveries ADD COLUMN ${column}`);
    sql.run(`UPDATE memos SET json = '${VERSION}' WHERE name = 'schema'`);
  });
}
