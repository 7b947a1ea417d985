/**
 * The account's webhooks: named ones, which a notification policy routes every run to, and those attached to a stack.
 * Counts failures and switches a webhook off as Spacelift does; only a person switches it on again.
 */
import type { DeliveryFaults } from './fate.ts';

/** Consecutive failures after which Spacelift switches a webhook off. */
const FAILURES_LIMIT = 10;

export type PayloadFamily = 'default' | 'run_updated';

export type WebhookSettings = {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  /** What the policy sends: the default payload, its whole input, or both by two rules. */
  readonly family: PayloadFamily | 'both';
  /** The stack it is attached to; null for a named webhook. */
  readonly stack: string | null;
  /** The stacks whose runs the policy routes to a named webhook; null for all. */
  readonly stacks: readonly string[] | null;
  readonly method: 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly labels: readonly string[];
  readonly retryOnFailure: boolean;
  readonly space: string;
  readonly createdAt: number;
};

export type Webhook = WebhookSettings & {
  secret: string;
  enabled: boolean;
  consecutiveFailures: number;
  faults: DeliveryFaults;
};

export class WebhookRegistry {
  readonly #webhooks = new Map<string, Webhook>();

  put(settings: WebhookSettings & Pick<Webhook, 'enabled' | 'faults' | 'secret'>): Webhook {
    const webhook = { ...settings, consecutiveFailures: 0 };
    this.#webhooks.set(webhook.id, webhook);
    return webhook;
  }

  /** In place, since deliveries under way go by it; switching it on forgets its failures. */
  change(webhook: Webhook, settings: Partial<Omit<Webhook, 'id'>>): Webhook {
    if (settings.enabled === true && !webhook.enabled) enableWebhook(webhook);
    return Object.assign(webhook, settings);
  }

  list(): readonly Webhook[] {
    return [...this.#webhooks.values()];
  }

  find(id: string): Webhook | null {
    return this.#webhooks.get(id) ?? null;
  }

  remove(id: string): boolean {
    return this.#webhooks.delete(id);
  }

  /** Those that hear of a run of this stack. */
  listening(stackId: string): readonly Webhook[] {
    return this.list().filter(
      ({ enabled, stack, stacks }) =>
        enabled && (stack === null ? (stacks?.includes(stackId) ?? true) : stack === stackId),
    );
  }
}

export const familiesOf = ({ family }: Pick<Webhook, 'family'>): readonly PayloadFamily[] =>
  family === 'both' ? ['default', 'run_updated'] : [family];

export function recordOutcome(webhook: Webhook, isDelivered: boolean): void {
  webhook.consecutiveFailures = isDelivered ? 0 : webhook.consecutiveFailures + 1;
  if (webhook.consecutiveFailures >= FAILURES_LIMIT) webhook.enabled = false;
}

export function enableWebhook(webhook: Webhook): void {
  webhook.enabled = true;
  webhook.consecutiveFailures = 0;
}

/** A slug as Spacelift makes one of a webhook's name. */
export const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
