/**
 * The Spacelift API keys of the worker's environment: one account under plain names, or several, each under names that end
 * in the account's own. Schemas and readings only; what is missing or malformed is told by config.ts.
 */
import * as v from 'valibot';
import type { SpaceliftAccount } from '../shared/activities/spacelift/client.ts';
import type { Env } from './variables.ts';

const isHttpUrl = (text: string): boolean => /^https?:/.test(text) && URL.canParse(text);

const TextSchema = v.pipe(v.string(), v.minLength(1));

/** What makes a key, under its plain names. */
const KEY = {
  SPACELIFT_API_KEY_ENDPOINT: v.pipe(v.string(), v.check(isHttpUrl)),
  SPACELIFT_API_KEY_ID: TextSchema,
  SPACELIFT_API_KEY_SECRET: TextSchema,
} as const;

/** `beta-2` → `_BETA_2`: environment variables have no dashes. */
const suffixOf = (account: string): string =>
  `_${account.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;

/** Accounts by name; no two whose variables would be the same. */
export const AccountsSchema = v.optional(
  v.pipe(
    v.string(),
    v.transform((text) => text.split(',').map((entry) => entry.trim())),
    v.check(
      (accounts) =>
        accounts.every((account) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(account)) &&
        new Set(accounts.map(suffixOf)).size === accounts.length,
    ),
  ),
);

/** Null when one account is meant, or when the list cannot be read: then that is the fault to tell. */
function listedIn(env: Env): readonly string[] | null {
  const parsed = v.safeParse(AccountsSchema, env['SPACELIFT_ACCOUNTS']);
  return parsed.success ? (parsed.output ?? null) : [];
}

/** The entries that the environment must have, going by the accounts it lists. */
export function keyEntries(env: Env): Readonly<Record<string, v.GenericSchema<unknown, string>>> {
  const suffixes = listedIn(env)?.map(suffixOf) ?? [''];
  return Object.fromEntries(
    suffixes.flatMap((suffix) =>
      Object.entries(KEY).map(([name, schema]) => [`${name}${suffix}`, schema] as const),
    ),
  );
}

/** After the entries were found sound. */
export function readKeys(env: Env): readonly SpaceliftAccount[] {
  const read = (name: keyof typeof KEY, suffix: string) => env[`${name}${suffix}`] ?? '';
  const keyOf = (account: string, suffix: string): SpaceliftAccount => ({
    account,
    endpoint: read('SPACELIFT_API_KEY_ENDPOINT', suffix),
    keyId: read('SPACELIFT_API_KEY_ID', suffix),
    keySecret: read('SPACELIFT_API_KEY_SECRET', suffix),
  });
  const listed = listedIn(env);
  if (listed !== null) return listed.map((account) => keyOf(account, suffixOf(account)));
  const account = env['SPACELIFT_ACCOUNT'] ?? accountOf(read('SPACELIFT_API_KEY_ENDPOINT', ''));
  return [keyOf(account, '')];
}

/** `https://acme.app.spacelift.io` is account acme's. */
const accountOf = (endpoint: string): string => new URL(endpoint).hostname.split('.')[0] ?? '';
