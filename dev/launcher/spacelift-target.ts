/** Which Spacelift the launch talks to: the account whose API key is set, or the simulator. */
import type { Secrets } from './secrets.ts';
import type { Env } from './toolchain.ts';

export type SpaceliftTarget = {
  readonly isSimulated: boolean;
  readonly endpoint: string;
  readonly apiKeyId: string;
  readonly apiKeySecret: string;
  readonly account: string;
};

const KEY_VARIABLES = [
  'SPACELIFT_API_KEY_ENDPOINT',
  'SPACELIFT_API_KEY_ID',
  'SPACELIFT_API_KEY_SECRET',
] as const;

export const SIMULATED_ACCOUNT = 'demo';

export function chooseSpacelift(env: Env, secrets: Secrets, simulatorUrl: string): SpaceliftTarget {
  const missing = KEY_VARIABLES.filter((name) => !env[name]);
  if (missing.length === KEY_VARIABLES.length)
    return {
      isSimulated: true,
      endpoint: simulatorUrl,
      apiKeyId: secrets.apiKeyId,
      apiKeySecret: secrets.apiKeySecret,
      account: SIMULATED_ACCOUNT,
    };
  const [endpoint, apiKeyId, apiKeySecret] = KEY_VARIABLES.map((name) => env[name]);
  if (!endpoint || !apiKeyId || !apiKeySecret)
    throw new Error(`Cannot use the Spacelift account: without ${missing.join(' and ')}`);
  return {
    isSimulated: false,
    endpoint,
    apiKeyId,
    apiKeySecret,
    account: env['SPACELIFT_ACCOUNT'] ?? accountOf(endpoint),
  };
}

/** `https://acme.app.spacelift.io` is the account `acme`. */
function accountOf(endpoint: string): string {
  const host = URL.canParse(endpoint) ? new URL(endpoint).hostname : '';
  const account = /^([a-z0-9-]+)\.app\.(?:us\.)?spacelift\.io$/i.exec(host)?.[1];
  if (account === undefined)
    throw new Error(
      `Cannot tell the Spacelift account from "${endpoint}": set SPACELIFT_ACCOUNT beside it`,
    );
  return account;
}
