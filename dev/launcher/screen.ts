/**
 * The launcher's only way to the terminal. On a terminal the line about what is going on is redrawn in place; elsewhere
 * (CI, a pipe) it is printed now and then, and nothing is coloured.
 */
import { stripVTControlCharacters, styleText } from 'node:util';

/** Work in progress is mentioned after this much silence where no line can be redrawn. */
const PLAIN_PROGRESS_MS = 20_000;

export type Screen = {
  /** Prints a line that stays. */
  readonly line: (text?: string) => void;
  /** Shows what is going on until the next line. */
  readonly progress: (text: string) => void;
  /** The same with several lines; they come again below the next line. Not where nothing can be redrawn. */
  readonly block: (lines: readonly string[]) => void;
  readonly clear: () => void;
};

type Style = Parameters<typeof styleText>[0];

/** Colours only where the standard output is a terminal and NO_COLOR is not set. */
const painter = (style: Style) => (text: string) =>
  styleText(style, text, { stream: process.stdout });

export const paint = {
  bold: painter('bold'),
  dim: painter('dim'),
  red: painter('red'),
  green: painter('green'),
  yellow: painter('yellow'),
  cyan: painter('cyan'),
};

export const silentScreen: Screen = { line() {}, progress() {}, block() {}, clear() {} };

export function createScreen(stream: NodeJS.WriteStream = process.stdout): Screen {
  // A reader that has gone (a closed terminal, `| head`) must not take the launcher down before it has cleaned up.
  stream.on('error', () => {});
  const isTerminal = stream.isTTY;
  let drawn = 0;
  let block: readonly string[] = [];
  let mentionedAt = Date.now();

  const erase = () => {
    if (drawn > 0) stream.write(`\r${drawn > 1 ? `\u001B[${drawn - 1}A` : ''}\u001B[0J`);
    drawn = 0;
  };
  const draw = (lines: readonly string[]) => {
    erase();
    stream.write(lines.map((text) => cutTo(stream.columns ?? 80, text)).join('\n'));
    drawn = lines.length;
  };

  return {
    clear() {
      block = [];
      erase();
    },
    line(text = '') {
      erase();
      mentionedAt = Date.now();
      stream.write(`${text}\n`);
      if (block.length > 0) draw(block);
    },
    progress(text) {
      if (isTerminal) {
        draw([...block, text]);
        return;
      }
      if (Date.now() - mentionedAt < PLAIN_PROGRESS_MS) return;
      mentionedAt = Date.now();
      stream.write(`${text}\n`);
    },
    block(lines) {
      if (!isTerminal) return;
      block = lines;
      draw(lines);
    },
  };
}

/** A line that wraps could not be erased. */
function cutTo(columns: number, text: string): string {
  const plain = stripVTControlCharacters(text);
  return plain.length < columns ? text : `${plain.slice(0, columns - 2)}…`;
}
