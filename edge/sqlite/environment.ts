/**
 * What the environment says, read name by name: Deno is told by name which variables it may read. Where to listen and
 * where to keep must be right for there to be an edge at all; any other fault only makes it answer 503.
 */
import * as v from 'valibot';
import { type EdgeConfig, parseConfig, VARIABLES } from '../config.ts';
import { fail, type Result } from '../../shared/contract/result.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** 0 takes any free one. */
const PortSchema = v.pipe(
  v.string(),
  v.regex(/^\d{1,5}$/),
  v.transform(Number),
  v.maxValue(65_535),
);

const PlaceSchema = v.object({
  EDGE_HOST: v.optional(v.string(), '127.0.0.1'),
  EDGE_PORT: v.optional(PortSchema, '8787'),
  EDGE_STATE_DIRECTORY: v.optional(v.string(), '.edge'),
});

export type Place = { readonly host: string; readonly port: number; readonly folder: string };

export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/** Throws an {@link EnvironmentError}. */
export function readPlace(env: Env): Place {
  const checked = v.safeParse(PlaceSchema, readVariables(env, Object.keys(PlaceSchema.entries)));
  if (!checked.success) throw faultOf(`${v.getDotPath(checked.issues[0])} is not valid`);
  const { EDGE_HOST, EDGE_PORT, EDGE_STATE_DIRECTORY } = checked.output;
  return { host: EDGE_HOST, port: EDGE_PORT, folder: EDGE_STATE_DIRECTORY };
}

/** Which secrets there are to read, only the webhooks say, so they are read twice: without any secret, and with all. */
export function readConfig(env: Env): Result<EdgeConfig, string> {
  try {
    const variables = readVariables(env, [...VARIABLES, 'WEBHOOKS']);
    const bare = parseConfig(variables);
    if (!bare.ok) return bare;
    const secrets = [...bare.value.webhooks.values()]
      .flatMap(({ missingVariables }) => missingVariables)
      .flatMap((variable) => [variable, `${variable}_PREVIOUS`]);
    return parseConfig({ ...variables, ...readVariables(env, secrets) });
  } catch (error) {
    if (error instanceof EnvironmentError) return fail(error.message);
    throw error;
  }
}

/** Blank text is how people unset a variable, so it counts as not set. */
function readVariables(env: Env, names: readonly string[]): Env {
  const entries = names.map((name) => [name, readVariable(env, name)] as const);
  return Object.fromEntries(entries.filter(([, text]) => text !== undefined && text.trim() !== ''));
}

function readVariable(env: Env, name: string): string | undefined {
  try {
    return env[name];
  } catch (cause) {
    throw faultOf(`${name} may not be read (Deno: --allow-env=…,${name})`, cause);
  }
}

const faultOf = (fault: string, cause?: unknown) =>
  new EnvironmentError(`Cannot read configuration: ${fault}`, { cause });
