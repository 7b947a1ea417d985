/** Webhooks as the API shows them, one by one and in search. */
import type { Webhook, WebhookRegistry } from '../webhooks/registry.ts';
import { toSeconds } from '../units.ts';
import { type ApiContext, refuse } from './context.ts';
import type { ApiDeps } from './queries.ts';
import { type SearchInput, searchOrRefuse } from './search-or-refuse.ts';

type ShowOptions = { readonly switches: { readonly webhookSecret: 'null' | 'value' } };

export const viewWebhook = (webhook: Webhook, { switches }: ShowOptions) => ({
  id: webhook.id,
  name: webhook.name,
  endpoint: webhook.url,
  enabled: webhook.enabled,
  labels: webhook.labels,
  space: { id: webhook.space, name: webhook.space, description: '', parentSpace: null },
  secret: switches.webhookSecret === 'value' ? webhook.secret : null,
  secretHeaders: Object.keys(webhook.headers),
  retryOnFailure: webhook.retryOnFailure,
  createdAt: toSeconds(webhook.createdAt),
});

/** One of the roots that answer an error where others answer null. */
export function requireNamed(webhooks: WebhookRegistry, id: string | null): Webhook {
  const webhook = id === null ? null : webhooks.find(id);
  if (webhook === null || webhook.stack !== null) throw refuse('not found');
  return webhook;
}

const SEARCH_FIELDS = {
  name: ({ name }: Webhook) => name,
  label: ({ labels }: Webhook) => labels,
  endpoint: ({ url }: Webhook) => url,
  enabled: ({ enabled }: Webhook) => enabled,
  space: ({ space }: Webhook) => space,
};

export const createWebhookQueries = ({ webhooks, options }: ApiDeps) => ({
  namedWebhooksIntegration: (_: unknown, { id }: { readonly id: string }, ctx: ApiContext) =>
    viewWebhook(requireNamed(webhooks, ctx.viewer === null ? null : id), options),
  searchNamedWebhooksIntegrations: (
    _: unknown,
    { input }: { readonly input: SearchInput },
    { viewer }: ApiContext,
  ) => {
    const named = webhooks.list().filter(({ stack }) => stack === null);
    const page = searchOrRefuse(viewer === null ? [] : named, input, {
      fields: SEARCH_FIELDS,
      idOf: ({ id }) => id,
      ...options.switches,
    });
    const view = (webhook: Webhook) => ({
      cursor: webhook.id,
      node: viewWebhook(webhook, options),
    });
    return { edges: page.subjects.map(view), pageInfo: page.pageInfo };
  },
});
