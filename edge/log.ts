/**
 * One JSON object a line, for Workers Logs and any other collector. Only the fields listed here ever get out: no body,
 * no secret, no signature, whatever a caller passes along.
 */

/** Those of the worker's logger, so that one LOG_LEVEL serves both; the edge itself writes from debug to error. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

const FIELDS = [
  'deliveryId',
  'key',
  'traceId',
  'inbox',
  'webhook',
  'eventType',
  'executionId',
  'secretLabel',
  'reason',
  'verdict',
  'error',
  'count',
  'attempts',
  'waitMs',
  'operator',
  'action',
  'url',
] as const;

export type LogFields = {
  readonly [Field in (typeof FIELDS)[number]]?: string | number | null | undefined;
};

type Write = (msg: string, fields?: LogFields) => void;

export type Log = {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
};

type WrittenLevel = keyof Log;

export type Output = (level: WrittenLevel, line: string) => void;

/** Lines look like those of starter and worker; `now` in epoch ms. */
export function createLog(
  minimum: LogLevel,
  output: Output = toConsole,
  now: () => number = Date.now,
): Log {
  const at = (level: WrittenLevel): Write => {
    const isOn = LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(minimum);
    return function write(msg, fields = {}) {
      if (!isOn) return;
      const time = new Date(now()).toISOString();
      const line: Record<string, unknown> = { level, time, part: 'edge' };
      for (const field of FIELDS) line[field] = fields[field] ?? undefined;
      line['msg'] = msg;
      output(level, JSON.stringify(line));
    };
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/* oxlint-disable no-console -- the one place where lines leave the Worker; the platform collects its console */
function toConsole(level: WrittenLevel, line: string): void {
  if (level === 'error') console.error(line);
  else console.log(line);
}
