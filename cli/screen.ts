/** The terminal as commands see it: results on the standard output, everything else beside it, colours if it has any. */
import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';
import type { Column, Row } from './table.ts';
import { formatTable } from './table.ts';

type Style = Parameters<typeof styleText>[0];

export type Screen = {
  readonly now: number;
  /** A result. */
  readonly print: (text: string) => void;
  readonly printJson: (json: unknown) => void;
  /** Rows are put under headings, or beside them in a column, where a title for their groups is given. */
  readonly printTable: (
    columns: readonly Column[],
    rows: readonly Row[],
    groupTitle?: string,
  ) => void;
  /** What is no part of the result. */
  readonly remark: (text: string) => void;
  readonly complain: (text: string) => void;
  readonly paint: (style: Style, text: string) => string;
  /** Whether somebody is there to be asked. */
  readonly canAsk: boolean;
  readonly confirm: (question: string) => Promise<boolean>;
};

export function createScreen(now = Date.now()): Screen {
  const { stdin, stdout, stderr } = process;
  // A pager that was left, or `| head`: nobody reads on.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  const print = (text: string) => void stdout.write(`${text}\n`);
  const paint = (style: Style, text: string) => styleText(style, text, { stream: stdout });
  return {
    now,
    print,
    printJson: (json) => print(JSON.stringify(json, null, 2)),
    printTable: (columns, rows, groupTitle) =>
      print(
        formatTable(columns, rows, {
          width: stdout.isTTY ? stdout.columns : null,
          groupTitle,
          paintGroup: (text) => paint('cyan', text),
          paintTitle: (text) => paint('bold', text),
          paintNote: (text) => paint('dim', text),
        }),
      ),
    remark: (text) => void stderr.write(`${styleText('dim', text, { stream: stderr })}\n`),
    complain: (text) => void stderr.write(`${styleText('red', text, { stream: stderr })}\n`),
    paint,
    canAsk: stdin.isTTY && stderr.isTTY,
    async confirm(question) {
      const asking = createInterface({ input: stdin, output: stderr });
      try {
        return /^y(?:es)?$/i.test((await asking.question(`${question} [y/N] `)).trim());
      } finally {
        asking.close();
      }
    },
  };
}
