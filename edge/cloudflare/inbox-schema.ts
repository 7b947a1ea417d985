/**
 * Tables of one inbox, a persisted format (docs/wire.md). WITHOUT ROWID, because a text key beside a rowid costs a second
 * written row; the one index serves forwarding, listing and counting alike. Columns are named as the fields they hold.
 */

/** Version of the tables, kept in `memos` so that a later one can tell what it finds. */
const SCHEMA_VERSION = 1;

/** SQLite's rows stop at 2 MB on the platform, though not locally. */
export const CHUNK_BYTES = 1024 * 1024;

/** `bodies` holds the gzip of the raw body, cut; `memos` single facts about the inbox itself, as JSON. */
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
  settledAt INTEGER
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS deliveriesByStatus ON deliveries (status, seq, nextAttemptAt, orderKey);
CREATE TABLE IF NOT EXISTS bodies (
  seq INTEGER NOT NULL,
  part INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (seq, part)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS memos (name TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO memos VALUES ('schema', '${SCHEMA_VERSION}') ON CONFLICT DO NOTHING;`;

export function createTables(sql: SqlStorage): void {
  sql.exec(TABLES);
}
