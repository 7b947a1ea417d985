/** The table of docs/edge-runtimes.md against the runtimes themselves. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT_ROOT } from '../../dev/launcher/toolchain.ts';
import { exchange, type Outcome } from './kit/exchange.ts';
import { onEveryEdge } from './kit/path.ts';
import { PARSER_CASES, SECRET } from './parser-cases.ts';

/** Whoever has said nothing by then waits for more, and is left alone with it. */
const SILENT_AFTER_MS = 3000;

type Row = readonly [name: string, ...cells: string[]];

const page = await readFile(join(PROJECT_ROOT, 'docs', 'edge-runtimes.md'), 'utf8');

const rows = [...page.matchAll(/^\| (.+) \|$/gm)].map(
  ([, cells = '']) => cells.split(' | ') as unknown as Row,
);
const [heading, , ...table] = rows.slice(rows.findIndex(([name]) => name === 'Request'));

/** The app answers in JSON, parsers do not. */
function cellOf(outcome: Outcome): string {
  if (typeof outcome === 'string') return outcome;
  const isApp = outcome.headers.some(
    ([name, value]) => name.toLowerCase() === 'content-type' && value === 'application/json',
  );
  return isApp ? `app ${outcome.status}` : String(outcome.status);
}

onEveryEdge('HTTP parser', { SPACELIFT_WEBHOOK_SECRET: SECRET, LOG_LEVEL: 'info' }, (alone) => {
  test('answers as docs/edge-runtimes.md says', async () => {
    const { runtime, port } = alone.edge;
    const seen = await Promise.all(
      PARSER_CASES.map(async ({ name, parts, isHalfClosed = false }) => {
        const limits = { withinMs: SILENT_AFTER_MS, isHalfClosed };
        return [name, cellOf(await exchange(port, parts, limits))] as const;
      }),
    );
    const column = heading?.indexOf(runtime) ?? -1;
    const written = table.map((row) => [row[0], row[column]] as const);
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(written));
  });
});

test('where requests reach the app, it answers alike', () => {
  for (const [name, ...cells] of table) {
    const answers = new Set(cells.filter((cell) => cell.startsWith('app')));
    expect({ name, answers: answers.size }).toEqual({ name, answers: Math.min(1, answers.size) });
  }
});
