/** What a person can paste after the scenarios: a delivery of their own, a look at executions and at the inbox. */
import { randomBytes } from 'node:crypto';
import { SIGNATURE_HEADER } from '../../shared/contract/spacelift-signature.ts';
import { webhookUrl } from './edge-client.ts';
import type { SecretName } from './secrets.ts';

/** Takes a value out of the secrets file, so that no secret is printed or stays in a shell's history. */
export const readSecret = (variable: string, name: SecretName, secretsFile: string): string =>
  `${variable}=$(sed -n 's/.*"${name}": "\\(.*\\)".*/\\1/p' '${secretsFile}')`;

/**
 * A signed delivery for bash: openssl computes the signature of exactly the bytes that curl sends. Its idempotency key
 * is new each time this is printed, for an inbox on disk remembers yesterday's.
 */
export function handmadeDelivery(edgeUrl: string, secretsFile: string, stackId: string): string {
  const body = JSON.stringify({
    event_type: 'triggered',
    stack_id: stackId,
    idempotency_key: `by-hand-${randomBytes(3).toString('hex')}`,
  });
  return [
    readSecret('SECRET', 'intentsSecret', secretsFile),
    `BODY='${body}'`,
    `curl -sS -i '${webhookUrl(edgeUrl, 'intents')}' \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -H "${SIGNATURE_HEADER}: sha256=$(printf %s "$BODY" | openssl dgst -sha256 -hmac "$SECRET" -r | cut -d ' ' -f 1)" \\`,
    `  --data-binary "$BODY"`,
  ].join('\n');
}

export function inboxListing(
  edgeUrl: string,
  secretsFile: string,
  account: string,
  stackId: string,
): string {
  const query = `account=${encodeURIComponent(account)}&stack=${encodeURIComponent(stackId)}`;
  return [
    readSecret('TOKEN', 'operatorToken', secretsFile),
    `curl -s -H "Authorization: Bearer $TOKEN" '${edgeUrl}/inbox?${query}'`,
  ].join('\n');
}
