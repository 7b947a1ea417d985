/**
 * Any receiver that speaks Standard Webhooks: the notice as JSON, signed over id, time and body. The id is the same for
 * every attempt, so a receiver that keeps ids takes each notice once.
 */
import * as v from 'valibot';
import { signBatch } from '../../shared/contract/batch-signature.ts';
import { strictFetch } from './answers.ts';
import { defineNotifier, readSecret, readSecretUrl } from './definition.ts';
import { digestOf } from './digest-of.ts';

export const webhook = defineNotifier({
  name: 'webhook',
  options: v.object({
    urlFrom: v.string(),
    /** `whsec_` and base64, as the specification has it. */
    secretFrom: v.string(),
    /** While the secret is changed: signed with both. */
    previousSecretFrom: v.optional(v.string()),
  }),
  deduplicates: true,
  create({ urlFrom, secretFrom, previousSecretFrom }, context) {
    const url = readSecretUrl(context, 'urlFrom', urlFrom);
    const secrets = [
      readSecret(context, 'secretFrom', secretFrom),
      ...(previousSecretFrom === undefined
        ? []
        : [readSecret(context, 'previousSecretFrom', previousSecretFrom)]),
    ];
    const post = strictFetch(context.fetch);
    return {
      async send({ notice, key, write, links }) {
        const now = Date.now();
        const body = JSON.stringify({
          type: `notice.${notice.topic}`,
          timestamp: new Date(now).toISOString(),
          data: { ...notice, key, text: write((text) => text), links },
        });
        const signature = await signBatch(body, `msg_${digestOf(key)}`, now, secrets);
        await post(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...signature },
          body,
        });
        return { outcome: 'sent' };
      },
    };
  },
});
