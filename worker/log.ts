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

/**
 * Pretty printing is loaded only for a terminal: a server does without it. Written at once, because the last lines before
 * an exit are the ones somebody will look for; pino's own default may lose or swap them.
 */
export async function createLog(part: string, level: string): Promise<Log> {
  if (!process.stdout.isTTY) return pino(options(part, level), pino.destination({ sync: true }));
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

/** What the SDK adds to every line and nobody on call has use for. */
const DROPPED = new Set([
  'taskToken',
  'isLocal',
  'activityId',
  'namespace',
  'taskQueue',
  'sdkComponent',
]);

const EXECUTION_RUN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Our words for the SDK's: a workflow id is an execution id, and a run is Spacelift's unless it is a UUID. */
const RENAMED: Readonly<Record<string, string>> = {
  workflowId: 'executionId',
  workflowRunId: 'executionRunId',
  activityType: 'activity',
};

/** Temporal's protobuf objects would print by the page, so of objects only an error's message is kept. */
const flatten = (meta: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(meta).flatMap(([key, field]) => {
      if (DROPPED.has(key)) return [];
      if (field instanceof Error) return [[key, field.message]];
      if (typeof field === 'object' && field !== null) return [];
      const isExecutionRun =
        key === 'runId' && typeof field === 'string' && EXECUTION_RUN_ID.test(field);
      return [[isExecutionRun ? 'executionRunId' : (RENAMED[key] ?? key), field]];
    }),
  );
