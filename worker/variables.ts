/** Kinds of variables, each a schema of its text, and how an environment is read by them. */
import * as v from 'valibot';
import { parsePayloadKeys } from '../shared/payloads/keys.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export const integer = (fallback: number, minimum = 0, maximum = Number.MAX_SAFE_INTEGER) =>
  v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d+$/),
      v.transform(Number),
      v.minValue(minimum),
      v.maxValue(maximum),
    ),
    String(fallback),
  );

/** 0 takes any free one. */
export const port = (fallback: number) => integer(fallback, 0, 65_535);

export const decimal = (fallback: number, minimum: number) =>
  v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d+(\.\d+)?$/),
      v.transform(Number),
      v.minValue(minimum),
      v.maxValue(Number.MAX_SAFE_INTEGER),
    ),
    String(fallback),
  );

export const flag = (fallback: boolean) =>
  v.pipe(
    v.optional(v.picklist(['true', 'false']), fallback ? 'true' : 'false'),
    v.transform((text) => text === 'true'),
  );

export const payloadKeys = v.pipe(
  v.optional(v.string(), ''),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const keys = parsePayloadKeys(dataset.value);
    if (keys !== null) return keys;
    addIssue();
    return NEVER;
  }),
);

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export const logLevel = v.optional(v.picklist(LOG_LEVELS), 'info');

export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** An empty variable is one that is not set: env files and compose files write it so. */
export const withoutEmpty = (env: Env): Env =>
  Object.fromEntries(Object.entries(env).filter(([, text]) => text !== ''));

export function parseEnv<T>(part: string, schema: v.GenericSchema<unknown, T>, given: Env): T {
  const env = withoutEmpty(given);
  const parsed = v.safeParse(schema, env);
  if (parsed.success) return parsed.output;
  const faults = parsed.issues.map((issue) => {
    const name = v.getDotPath(issue) ?? 'environment';
    return `${name} is ${env[name] === undefined ? 'missing' : 'malformed'}`;
  });
  throw new ConfigurationError(`Cannot start ${part}: ${faults.join(', ')}`);
}
