/**
 * The environment that is gone by: the caller's, or else that of the `npm start` in this folder. Credentials of a laptop
 * never go to services that the environment names.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { type Env, withoutEmpty } from '../variables.ts';

const NAMES_SERVICES = /^(?:TEMPORAL_(?:ADDRESS|PROFILE|CONFIG_FILE)|SPACELIFT_API_KEY_.+)$/;

const PortsSchema = v.object({ temporal: v.number(), simulator: v.number() });
const SecretsSchema = v.object({ apiKeyId: v.string(), apiKeySecret: v.string() });

/** The account that the launcher's simulator plays. */
const SIMULATED_ACCOUNT = 'demo';

export async function surroundingsOf(
  given: Env,
  stateDirectory: string,
): Promise<Readonly<Record<string, string>>> {
  const env = Object.fromEntries(
    Object.entries(withoutEmpty(given)).flatMap(([name, text]) =>
      text === undefined ? [] : [[name, text]],
    ),
  );
  if (Object.keys(env).some((name) => NAMES_SERVICES.test(name))) return env;
  const ports = await readTable(join(stateDirectory, 'ports.json'), PortsSchema);
  const secrets = await readTable(join(stateDirectory, 'secrets.json'), SecretsSchema);
  if (ports === null || secrets === null) return env;
  return {
    ...env,
    TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}`,
    SPACELIFT_API_KEY_ENDPOINT: `http://127.0.0.1:${ports.simulator}`,
    SPACELIFT_API_KEY_ID: secrets.apiKeyId,
    SPACELIFT_API_KEY_SECRET: secrets.apiKeySecret,
    SPACELIFT_ACCOUNT: SIMULATED_ACCOUNT,
  };
}

/** Null where there is no such file, or another one than the launcher writes. */
async function readTable<T>(path: string, schema: v.GenericSchema<unknown, T>): Promise<T | null> {
  try {
    const parsed = v.safeParse(schema, JSON.parse(await readFile(path, 'utf8')));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}
