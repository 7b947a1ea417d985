/** Listens to the worker's log for what it says about a failed run: the details of the error, and the notice. */
import { eventually } from './eventually.ts';
import type { Part } from './processes.ts';

export type ToldLine = { readonly at: number; readonly text: string };

/** Log messages of the worker, in the order in which they are due. */
const MESSAGES = ['run failed', 'notice'];

/** The lines are written before the result is; only the pipe is still to be passed. */
const WITHIN_MS = 10_000;

type LogLine = Readonly<Partial<Record<string, unknown>>>;

/** Listens from now on; `about` waits until every message about that run has been heard. */
export function listenForTrouble(worker: Part): {
  readonly about: (runId: string) => Promise<readonly ToldLine[]>;
} {
  const heard: LogLine[] = [];
  const silence = worker.listen((line) => {
    if (!MESSAGES.some((message) => line.includes(`"${message}"`))) return;
    const parsed = parseLine(line);
    if (parsed !== null) heard.push(parsed);
  });
  return {
    async about(runId) {
      try {
        const lines: ToldLine[] = [];
        for (const message of MESSAGES)
          lines.push(
            await eventually(
              `the worker's log line "${message}" about ${runId}`,
              WITHIN_MS,
              async () =>
                toTold(heard.find((line) => line['msg'] === message && line['runId'] === runId)),
            ),
          );
        return lines;
      } finally {
        silence();
      }
    },
  };
}

function toTold(line: LogLine | undefined): ToldLine | null {
  if (line === undefined) return null;
  const { msg, level, time, failedIn, error, text } = line;
  const details = [failedIn, error, text].filter((part) => typeof part === 'string');
  return {
    at: Date.parse(String(time)),
    text: `${String(level)} ${String(msg)}: ${details.join(' · ')}`,
  };
}

function parseLine(line: string): LogLine | null {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return null;
  }
}
