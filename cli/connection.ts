/**
 * Which edge is asked, and by which credentials: what the environment names, or else the edge that `npm start` runs in
 * this folder. Credentials of a laptop never go to an edge that the environment names.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { usageFailure } from './failure.ts';

export type Connection = {
  /** Without a slash at its end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
};

const LAPTOP_URL = 'http://127.0.0.1:8787';

export async function findConnection(
  env: NodeJS.ProcessEnv,
  stateDirectory: string,
): Promise<Connection> {
  const headers = headersFrom(env);
  const hasCredentials = Object.keys(headers).length > 0;
  const url = textOf(env, 'EDGE_URL');
  if (url !== null) {
    if (!hasCredentials)
      throw usageFailure(
        'Cannot ask the edge: set OPERATOR_TOKEN, or CF_ACCESS_CLIENT_ID and CF_ACCESS_CLIENT_SECRET',
      );
    return { url: checkedUrl(url), headers };
  }
  const laptop = await readLaptop(stateDirectory);
  if (hasCredentials) return { url: laptop?.url ?? LAPTOP_URL, headers };
  if (laptop === null)
    throw usageFailure(
      'Cannot find the edge: set EDGE_URL and OPERATOR_TOKEN, or run `npm start` beside this',
    );
  return laptop;
}

function headersFrom(env: NodeJS.ProcessEnv): Record<string, string> {
  const token = textOf(env, 'OPERATOR_TOKEN');
  const clientId = textOf(env, 'CF_ACCESS_CLIENT_ID');
  const clientSecret = textOf(env, 'CF_ACCESS_CLIENT_SECRET');
  if ((clientId === null) !== (clientSecret === null))
    throw usageFailure(
      'Cannot ask the edge: CF_ACCESS_CLIENT_ID and CF_ACCESS_CLIENT_SECRET go together',
    );
  return {
    ...(token !== null && { Authorization: `Bearer ${token}` }),
    ...(clientId !== null && { 'CF-Access-Client-Id': clientId }),
    ...(clientSecret !== null && { 'CF-Access-Client-Secret': clientSecret }),
  };
}

/** Blank is how people unset a variable. */
function textOf(env: NodeJS.ProcessEnv, name: string): string | null {
  const text = env[name]?.trim() ?? '';
  return text === '' ? null : text;
}

function checkedUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw usageFailure('Cannot ask the edge: EDGE_URL is not an http or https address');
  return text.replace(/\/+$/, '');
}

/** What the launcher leaves in its state directory; null when it never ran there. */
async function readLaptop(stateDirectory: string): Promise<Connection | null> {
  const secrets = await readTable(join(stateDirectory, 'secrets.json'));
  const token = secrets?.['operatorToken'];
  if (typeof token !== 'string') return null;
  const edgePort = (await readTable(join(stateDirectory, 'ports.json')))?.['edge'];
  return {
    url: typeof edgePort === 'number' ? `http://127.0.0.1:${edgePort}` : LAPTOP_URL,
    headers: { Authorization: `Bearer ${token}` },
  };
}

async function readTable(path: string): Promise<Readonly<Record<string, unknown>> | null> {
  try {
    const json: unknown = JSON.parse(await readFile(path, 'utf8'));
    return json !== null && typeof json === 'object' ? (json as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
