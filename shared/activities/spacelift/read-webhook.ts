/** Asks whether a named webhook is enabled: nothing but this tells outside Spacelift that one was switched off. */
import * as v from 'valibot';
import type { WebhookState } from '../../workflow/ports.ts';
import type { SpaceliftClient } from './client.ts';
import { SpaceliftFailure } from './failure.ts';

const DOCUMENT = `query ReadWebhook($id: ID!) {
  viewer { id }
  namedWebhooksIntegration(id: $id) { id enabled }
}`;

const AnswerSchema = v.object({
  namedWebhooksIntegration: v.nullable(v.object({ enabled: v.boolean() })),
});

export async function readWebhook(client: SpaceliftClient, id: string): Promise<WebhookState> {
  try {
    const { namedWebhooksIntegration: webhook } = await client.call({
      operation: `read webhook ${id}`,
      document: DOCUMENT,
      variables: { id },
      schema: AnswerSchema,
    });
    if (webhook === null) return 'missing';
    return webhook.enabled ? 'enabled' : 'disabled';
  } catch (error) {
    if (!(error instanceof SpaceliftFailure)) throw error;
    // Said of the token, it is no word about the webhook.
    if (!error.isTokenRefused && /unauthorized/i.test(error.reason)) return 'forbidden';
    if (/not found/i.test(error.reason)) return 'missing';
    throw error;
  }
}
