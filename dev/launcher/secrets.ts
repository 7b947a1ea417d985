/**
 * The secrets of one state directory: random, made once, readable by their owner only. A deployment has its own
 * (docs/operate.md); nothing here is meant to leave a laptop.
 */
import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ulid } from 'ulid';

const MAKERS = {
  webhookSecret: () => randomBytes(32).toString('hex'),
  intentsSecret: () => randomBytes(32).toString('hex'),
  /** In the form of Standard Webhooks, which signs the batches from edge to starter. */
  envelopeSecret: () => `whsec_${randomBytes(32).toString('base64')}`,
  operatorToken: () => randomBytes(24).toString('base64url'),
  apiKeyId: () => ulid(),
  apiKeySecret: () => randomBytes(32).toString('hex'),
};

export type SecretName = keyof typeof MAKERS;
export type Secrets = Readonly<Record<SecretName, string>>;

export const secretsFileOf = (stateDirectory: string): string =>
  join(stateDirectory, 'secrets.json');

/** Reads the secrets and makes those that are missing. */
export async function readSecrets(stateDirectory: string): Promise<Secrets> {
  const path = secretsFileOf(stateDirectory);
  const known = await readKnown(path);
  const names = Object.keys(MAKERS) as readonly SecretName[];
  const secrets = Object.fromEntries(
    names.map((name) => [name, known[name] ?? MAKERS[name]()]),
  ) as Secrets;
  if (names.some((name) => known[name] === undefined)) {
    const draft = `${path}.${process.pid}`;
    await writeFile(draft, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
    await rename(draft, path);
  }
  return secrets;
}

async function readKnown(path: string): Promise<Partial<Record<string, string>>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return {};
  }
  try {
    return JSON.parse(text) as Partial<Record<string, string>>;
  } catch (cause) {
    throw new Error(
      `Cannot read secrets: "${path}" is not JSON; remove it and new ones will be made`,
      {
        cause,
      },
    );
  }
}
