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

export const silentScreen: Screen = { line() {}, progress() {}, clear() {} };

export function createScreen(stream: NodeJS.WriteStream = process.stdout): Screen {
  // A reader that has gone (a closed terminal, `| head`) must not take the launcher down before it has cleaned up.
  stream.on('error', () => {});
  const isTerminal = stream.isTTY;
  let isDrawn = false;
  let mentionedAt = Date.now();

  const erase = () => {
    if (isDrawn) stream.write('\r\u001B[2K');
    isDrawn = false;
  };

  return {
    clear: erase,
    line(text = '') {
      erase();
      mentionedAt = Date.now();
      stream.write(`${text}\n`);
    },
    progress(text) {
      if (isTerminal) {
        erase();
        stream.write(cutTo(stream.columns ?? 80, text));
        isDrawn = true;
        return;
      }
      if (Date.now() - mentionedAt < PLAIN_PROGRESS_MS) return;
      mentionedAt = Date.now();
      stream.write(`${text}\n`);
    },
  };
}

/** A line that wraps could not be erased. */
function cutTo(columns: number, text: string): string {
  const plain = stripVTControlCharacters(text);
  return plain.length < columns ? text : `${plain.slice(0, columns - 2)}…`;
}
