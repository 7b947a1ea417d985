/** Slack by an incoming webhook: a message a notice, to the channel that the webhook is for. Slack knows no key for them. */
import { IncomingWebhook } from '@slack/webhook';
import * as v from 'valibot';
import { strictFetch, unwrapFailure } from './answers.ts';
import { defineNotifier, readSecretUrl } from './definition.ts';
import { toSlackMessage } from './slack-message.ts';

export const slackWebhook = defineNotifier({
  name: 'slack-webhook',
  /** The webhook's URL is a secret. */
  options: v.object({ urlFrom: v.string() }),
  deduplicates: false,
  create({ urlFrom }, context) {
    const webhook = new IncomingWebhook(readSecretUrl(context, 'urlFrom', urlFrom), {
      fetch: strictFetch(context.fetch),
      retryConfig: { retries: 0 },
    });
    return {
      async send(sending) {
        await webhook.send(toSlackMessage(sending)).catch((error: unknown) => {
          throw unwrapFailure(error);
        });
        return { outcome: 'sent' };
      },
    };
  },
});
