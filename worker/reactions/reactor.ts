/** The reactions file at work: what the worker's activities need of it. */
import type { Reactor } from '../../shared/activities/reaction-activities.ts';
import type { SpaceliftAccount } from '../../shared/activities/spacelift/client.ts';
import type { Reactions } from './check.ts';
import { planReactions } from './plan.ts';
import { createWebhookCaller, type WebhookCallerDeps } from './webhook-caller.ts';

export function createReactor(
  reactions: Reactions,
  keys: readonly Pick<SpaceliftAccount, 'account' | 'keyId'>[],
  deps: WebhookCallerDeps,
): Reactor {
  const isOwnKey = (account: string, keyId: string) =>
    keys.some((key) => key.account === account && key.keyId === keyId);
  return {
    plan: (event) => planReactions(reactions, event, isOwnKey),
    callWebhook: createWebhookCaller(reactions, deps),
  };
}
