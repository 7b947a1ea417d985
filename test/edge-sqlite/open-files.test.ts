import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { firstOf } from '../../edge/inbox/sql.ts';
import { openDatabase } from '../../edge/sqlite/database.ts';
import { createOpenFiles } from '../../edge/sqlite/open-files.ts';
import { range, temporaryFolder } from './kit.ts';

/** Files that tell when they are opened and closed. */
function setUp(folder: string, limit: number) {
  const calls: string[] = [];
  const files = createOpenFiles(limit, (path) => {
    const name = path.slice(-1);
    calls.push(`open ${name}`);
    const { close, ...sql } = openDatabase(path);
    return {
      ...sql,
      close() {
        calls.push(`close ${name}`);
        close();
      },
    };
  });
  return { files, calls, sqlOf: (name: string) => files.sqlOf(join(folder, name)) };
}

const count = (sql: Parameters<typeof firstOf>[0]) => firstOf(sql, 'SELECT count(*) FROM notes');

describe('createOpenFiles()', () => {
  test('opens a file at its first use and closes the least recently used one over the limit', () => {
    using folder = temporaryFolder();
    const { files, calls, sqlOf } = setUp(folder.path, 2);
    const [a, b, c] = ['a', 'b', 'c'].map(sqlOf);
    expect(calls).toEqual([]);
    for (const sql of [a, b, a, c]) sql?.run('CREATE TABLE IF NOT EXISTS notes (text TEXT)');
    expect(calls).toEqual(['open a', 'open b', 'close b', 'open c']);
    b?.query('INSERT INTO notes VALUES (?)', 'kept');
    expect(calls.slice(4)).toEqual(['close a', 'open b']);
    files.end();
    expect(calls.slice(6)).toEqual(['close c', 'close b']);
  });

  test('keeps what was written through the closing and opening of a file', () => {
    using folder = temporaryFolder();
    const { files, sqlOf } = setUp(folder.path, 3);
    const sqls = range(9).map((number) => sqlOf(String(number)));
    for (const sql of sqls) sql.run('CREATE TABLE notes (text TEXT)');
    for (const round of range(5))
      for (const sql of sqls)
        sql.transaction(() => {
          sql.query('INSERT INTO notes VALUES (?)', `round ${round}`);
          sql.query('INSERT INTO notes VALUES (?)', 'again');
        });
    expect(sqls.map(count)).toEqual(sqls.map(() => 10));
    files.end();
  });

  test('transaction() leaves nothing behind of work that fails, and goes on after it', () => {
    using folder = temporaryFolder();
    const { files, sqlOf } = setUp(folder.path, 1);
    const sql = sqlOf('a');
    sql.run('CREATE TABLE notes (text TEXT NOT NULL)');
    const work = () =>
      sql.transaction(() => {
        sql.query('INSERT INTO notes VALUES (?)', 'first');
        sql.query('INSERT INTO notes VALUES (?)', null);
      });
    expect(work).toThrow('NOT NULL');
    expect(count(sql)).toBe(0);
    expect(sql.transaction(() => 'fine')).toBe('fine');
    files.end();
  });

  test('close() closes one; its next use opens it anew', () => {
    using folder = temporaryFolder();
    const { files, calls, sqlOf } = setUp(folder.path, 2);
    const sql = sqlOf('a');
    sql.run('CREATE TABLE notes (text TEXT)');
    files.close(join(folder.path, 'a'));
    files.close(join(folder.path, 'b'));
    expect(count(sql)).toBe(0);
    expect(calls).toEqual(['open a', 'close a', 'open a']);
    files.end();
  });

  test('end() closes all for good and leaves no log behind', () => {
    using folder = temporaryFolder();
    const { files, sqlOf } = setUp(folder.path, 2);
    const sql = sqlOf('a');
    sql.run('CREATE TABLE notes (text TEXT)');
    expect(readdirSync(folder.path)).toEqual(['a', 'a-wal']);
    files.end();
    expect(readdirSync(folder.path)).toEqual(['a']);
    expect(() => count(sql)).toThrow('Cannot open inbox: the edge is stopping');
  });
});
