/** What a delivery is made of: its body in the family wanted, and its headers. */
import type { RunTransition } from '../model.ts';
import type { SimulatorOptions } from '../options.ts';
import { createDefaultRunPayload, type PayloadFacts } from './payloads/default-run.ts';
import { stringifyWithIntegers } from './payloads/integers.ts';
import { createRunUpdatedPayload, type Endpoint } from './payloads/run-updated.ts';
import type { PayloadFamily, Webhook } from './registry.ts';
import { createSignatureHeaders } from './signature.ts';
import { createTraceHeaders } from './trace-headers.ts';

type ContentOptions = Pick<SimulatorOptions, 'account' | 'accountUrl' | 'random' | 'switches'>;

export function createBody(
  family: PayloadFamily,
  moved: RunTransition,
  endpoints: readonly Endpoint[],
  { account, accountUrl, switches }: ContentOptions,
): string {
  const facts: PayloadFacts = { ...moved, account, accountUrl };
  if (family === 'default')
    return JSON.stringify(createDefaultRunPayload(facts, switches.emptyFields));
  const payload = createRunUpdatedPayload(facts, endpoints, switches.publicWorkerPool);
  return stringifyWithIntegers(payload, switches.policyNumbers);
}

export const createHeaders = (
  { headers }: Pick<Webhook, 'headers'>,
  secret: string,
  body: string,
  { random, switches }: ContentOptions,
): Record<string, string> => ({
  'User-Agent': 'Go-http-client/2.0',
  'Accept-Encoding': 'gzip',
  'Content-Type': 'application/json',
  ...createTraceHeaders(random),
  ...headers,
  ...createSignatureHeaders(secret, body, switches),
});
