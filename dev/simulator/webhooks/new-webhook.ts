/** A webhook filled up with what nobody asked for: a named one without a secret, that hears of every run. */
import { slugOf, type Webhook, type WebhookSettings } from './registry.ts';

type Wanted = Pick<WebhookSettings, 'name' | 'url'> &
  Partial<Omit<Webhook, 'consecutiveFailures' | 'createdAt' | 'id'>>;

export const createWebhook = (
  wanted: Wanted,
  createdAt: number,
): Omit<Webhook, 'consecutiveFailures'> => ({
  id: slugOf(wanted.name),
  family: 'default',
  stack: null,
  stacks: null,
  method: 'POST',
  headers: {},
  labels: [],
  space: 'root',
  retryOnFailure: false,
  secret: '',
  enabled: true,
  faults: { drop: 0, duplicate: 0, delayMs: 0, reorder: 0 },
  createdAt,
  ...wanted,
});
