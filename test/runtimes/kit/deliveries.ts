/** Deliveries as Spacelift and people send them, signed, and what the edge says to them. */
import type { Edge } from './edge.ts';
import { signatureHeader } from './requests.ts';

export const WEBHOOK_SECRET = 'runtimes-webhook-secret';

export type Receipt = {
  readonly deliveryId: string;
  readonly status: string;
  readonly reason?: string;
  readonly hint?: string;
};

let names = 0;
/** A stack, run or key that nothing else uses. */
export const unique = (prefix: string): string => `${prefix}-${(names += 1)}`;

/** A run's state as the default payload tells it; its inbox is `acme/<stack>`. */
export const runPayload = (
  stack: string,
  run: string,
  stateVersion: number,
  state = 'PLANNING',
) => ({
  account: 'acme',
  state,
  stateVersion,
  timestamp: 1_760_000_000 + stateVersion,
  run: {
    id: run,
    branch: 'main',
    type: 'TRACKED',
    commit: { hash: 'abcdef0', message: 'private' },
  },
  stack: { id: stack, labels: [] },
});

/** Key of what `runPayload` makes. */
export const runKey = (run: string, stateVersion: number, state = 'PLANNING') =>
  `run/acme/${run}/${state}/exact.${stateVersion}`;

export const intentPayload = (stack: string, more: object = {}) => ({
  event_type: 'triggered',
  stack_id: stack,
  ...more,
});

export type Sender = {
  readonly webhook?: string;
  readonly secret?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** One request; rejects when the edge hangs up. */
export async function post(
  edge: Pick<Edge, 'url'>,
  payload: object | string,
  { webhook = 'default', secret = WEBHOOK_SECRET, headers = {} }: Sender = {},
): Promise<{ readonly status: number; readonly body: Receipt }> {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const response = await fetch(`${edge.url}/webhooks/spacelift/${webhook}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...Object.fromEntries([signatureHeader(body, secret)]),
      ...headers,
    },
    body,
  });
  return { status: response.status, body: (await response.json()) as Receipt };
}

/** A delivery that must be kept; answers its receipt. */
export async function deliver(
  edge: Pick<Edge, 'url'>,
  payload: object | string,
  sender?: Sender,
): Promise<Receipt> {
  const { status, body } = await post(edge, payload, sender);
  if (status !== 202)
    throw new Error(`Cannot deliver: status is ${status} ${JSON.stringify(body)}`);
  return body;
}
