/** One JSON object a line; on a terminal, lines for people. The only place that knows pino. */
import pino from 'pino';

export type Log = pino.Logger;

/** Names of fields that never reach a line, at the top or one level down. */
const REDACTED = ['secret', 'keySecret', 'jwt', 'authorization', 'Authorization', 'apiKey'];

const options = (part: string, level: string): pino.LoggerOptions => ({
  level,
  base: { part },
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
  messageKey: 'msg',
  redact: { paths: REDACTED.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
});

/** Pretty printing is loaded only for a terminal: a server does without it. */
export async function createLog(part: string, level: string): Promise<Log> {
  if (!process.stdout.isTTY) return pino(options(part, level));
  const { default: pretty } = await import('pino-pretty');
  return pino(options(part, level), pretty({ ignore: 'pid,hostname', sync: true }));
}

/** What Temporal's runtime takes for a logger. */
export const toTemporalLogger = (log: Log) => {
  const at =
    (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, meta?: Record<string, unknown>) => {
      log[level](flatten(meta ?? {}), message);
    };
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    log: (level: string, message: string, meta?: Record<string, unknown>) =>
      at(toLevel(level))(message, meta),
  };
};

const toLevel = (level: string) => {
  const lower = level.toLowerCase();
  return lower === 'trace' || lower === 'debug' || lower === 'warn' || lower === 'error'
    ? lower
    : 'info';
};

/** Our word for a workflow id is executionId; Temporal's protobuf objects would print by the page. */
const flatten = (meta: Record<string, unknown>): Record<string, unknown> => {
  const { workflowId, ...rest } = meta;
  const plain = Object.entries(rest).filter(
    ([, field]) => typeof field !== 'object' || field === null || field instanceof Error,
  );
  return {
    ...(typeof workflowId === 'string' && { executionId: workflowId }),
    ...Object.fromEntries(
      plain.map(([key, field]) => [key, field instanceof Error ? field.message : field]),
    ),
  };
};
