/** What a part prints: kept in its log file, the last of it in memory, and told to whoever listens. */
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Enough to see why a part died. */
const LAST_LINES = 30;

export type PartOutput = {
  readonly logFile: string;
  /** One file for a part and all its restarts; the last lines are those of this start. */
  readonly open: () => void;
  readonly take: (stream: Readable) => void;
  readonly lastLines: () => readonly string[];
  /** Hears every line from now on, until the returned function is called. */
  readonly listen: (listener: (line: string) => void) => () => void;
};

export function createPartOutput(logFile: string): PartOutput {
  const listeners = new Set<(line: string) => void>();
  const lines: string[] = [];
  let file: WriteStream | null = null;

  const keep = (line: string) => {
    file?.write(`${line}\n`);
    lines.push(line);
    if (lines.length > LAST_LINES) lines.shift();
    for (const listener of listeners) listener(line);
  };

  return {
    logFile,
    open() {
      file ??= createWriteStream(logFile);
      lines.length = 0;
    },
    take: (stream) => void createInterface({ input: stream }).on('line', keep),
    lastLines: () => [...lines],
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
