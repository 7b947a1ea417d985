/**
 * Calls the webhooks of rules, signed the Standard Webhooks way. Secrets and addresses stay here: a plan names rule and step,
 * and so do histories. The id is the action's, the same for every attempt, so that a receiver can take each once.
 */
import { SendFailure } from '../../shared/activities/notice-activities.ts';
import { signBatch } from '../../shared/contract/batch-signature.ts';
import { sha256Hex, utf8 } from '../../shared/contract/hmac.ts';
import type { WebhookByReaction } from '../../shared/workflow/reactions.ts';
import { strictFetch } from '../notifiers/answers.ts';
import { ConfigurationError, type Env } from '../variables.ts';
import type { Reactions } from './check.ts';
import type { Deeds } from './schema.ts';

type Webhook = { readonly url: string; readonly secret: string };

export type WebhookCallerDeps = {
  readonly env: Env;
  /** Refuses private addresses unless they are allowed, follows no redirect, ends after a time. */
  readonly fetch: typeof fetch;
};

/** Throws a ConfigurationError that names rule and field where a variable is not set. */
export function createWebhookCaller({ rules }: Reactions, deps: WebhookCallerDeps) {
  const post = strictFetch(deps.fetch);
  const webhooks = new Map<string, Webhook>();
  for (const rule of rules)
    for (const [step, deeds] of [rule.do, rule.then].entries())
      if (deeds?.callWebhook !== undefined)
        webhooks.set(
          placeOf(rule.id, step),
          readWebhook(
            deeds.callWebhook,
            `rule "${rule.id}", ${step === 0 ? 'do' : 'then'}`,
            deps.env,
          ),
        );

  /** Throws {@link SendFailure}. */
  return async ({ ruleId, step, key, event }: WebhookByReaction): Promise<void> => {
    const webhook = webhooks.get(placeOf(ruleId, step));
    if (webhook === undefined) throw new SendFailure('the rule has none any more', true);
    const now = Date.now();
    const { on, intentKeys: _, ...data } = event;
    const timestamp = new Date(now).toISOString();
    const body = JSON.stringify({ type: `spacelift.${on}`, timestamp, data: { ...data, ruleId } });
    const id = `msg_${(await sha256Hex(utf8(key))).slice(0, 40)}`;
    await post(webhook.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(await signBatch(body, id, now, [webhook.secret])),
      },
      body,
    });
  };
}

const placeOf = (ruleId: string, step: number): string => `${ruleId}/${step}`;

function readWebhook(
  { url, urlFrom, secretFrom }: NonNullable<Deeds['callWebhook']>,
  place: string,
  env: Env,
): Webhook {
  const read = (field: string, name: string): string => {
    const text = env[name];
    if (text !== undefined && text !== '') return text;
    throw new ConfigurationError(
      `Cannot use reactions: ${place}.callWebhook.${field}: environment variable ${name} is not set`,
    );
  };
  const address = url ?? read('urlFrom', urlFrom ?? '');
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol))
    throw new ConfigurationError(
      `Cannot use reactions: ${place}.callWebhook.urlFrom: ${urlFrom} holds no http or https URL`,
    );
  return { url: address, secret: read('secretFrom', secretFrom) };
}
