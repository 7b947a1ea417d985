/**
 * What a webhook may do with a body it has signed. Anyone who can read a stack can sign for a webhook attached to it, so
 * starting runs needs a grant in the configuration of that very webhook. Pure.
 */
import type { SpaceliftEvent } from '../shared/contract/events.ts';
import type { Webhook } from './config.ts';
import type { NewDelivery } from './inbox/inbox.ts';

export type GrantFault = 'intent-not-granted' | 'account-mismatch';

/** Why the edge itself parks; other reasons are the starter's. */
export const PARK_REASONS: readonly string[] = [
  'intent-not-granted',
  'account-mismatch',
  'intent-capped',
];

/** The reason to park an event that came through this webhook; null when it may go on. */
export function decideGrant(event: SpaceliftEvent, webhook: Webhook): GrantFault | null {
  if (!webhook.accounts.some((glob) => globMatches(glob, event.account))) return 'account-mismatch';
  if (event.about !== 'intent') return null;
  const isGranted =
    webhook.intents !== null &&
    webhook.intents.runTypes.includes(event.runType) &&
    webhook.intents.stacks.some((glob) => globMatches(glob, event.stackId));
  return isGranted ? null : 'intent-not-granted';
}

type Parkable = Pick<NewDelivery, 'webhook' | 'key' | 'earlierKey' | 'status' | 'reason' | 'cap'>;

/**
 * Parks under a key of its own: else whoever may sign for a lesser webhook could use up the key of an intent that has a
 * grant, and it would be taken for a duplicate.
 */
export function parkApart<Delivery extends Parkable>(delivery: Delivery, reason: string): Delivery {
  const apart = (key: string) => `parked/${delivery.webhook}/${key}`;
  const { key, earlierKey } = delivery;
  return {
    ...delivery,
    key: apart(key),
    earlierKey: earlierKey === null ? null : apart(earlierKey),
    status: 'parked',
    reason,
    cap: null,
  };
}

/** `*` stands for any text, also none; everything else for itself. Linear, so that no glob can be slow. */
export function globMatches(glob: string, text: string): boolean {
  const [first = '', ...rest] = glob.split('*');
  const last = rest.pop();
  if (last === undefined) return text === glob;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return text.startsWith(first) && text.endsWith(last) && text.length >= at + last.length;
}
