/** Mutations on webhooks, named and attached to a stack. Who may not write is unauthorized. */
import type { Webhook } from '../webhooks/registry.ts';
import { createWebhook } from '../webhooks/new-webhook.ts';
import { type ApiContext, refuse } from './context.ts';
import { createGuards } from './guards.ts';
import type { ApiDeps } from './queries.ts';
import { requireNamed, viewWebhook } from './webhook-view.ts';

type WebhookInput = {
  readonly enabled: boolean;
  readonly endpoint: string;
  readonly secret?: string | null;
  readonly retryOnFailure?: boolean | null;
};

type NamedInput = WebhookInput & {
  readonly space: string;
  readonly name: string;
  readonly labels: readonly string[];
};

type Named<Input> = { readonly id: string; readonly input: Input };
type Attached<Input> = { readonly stack: string; readonly id: string; readonly input: Input };
type Headers = { readonly entries: readonly { readonly key: string; readonly value: string }[] };

export function createWebhookMutations(deps: ApiDeps) {
  return { ...createNamedMutations(deps), ...createAttachedMutations(deps) };
}

function createNamedMutations(deps: ApiDeps) {
  const { webhooks, options } = deps;
  const guards = createGuards(deps);
  const toSettings = createSettingsReader(deps);
  const { errorTexts } = options.switches;
  const view = (webhook: Webhook) => viewWebhook(webhook, options);

  function require(id: string, context: ApiContext): Webhook {
    guards.requireWriter(context);
    return requireNamed(webhooks, id);
  }

  return {
    namedWebhooksIntegrationCreate: (
      _: unknown,
      { input }: Pick<Named<NamedInput>, 'input'>,
      context: ApiContext,
    ) => {
      guards.requireWriter(context);
      const { name, space, labels } = input;
      const webhook = createWebhook(
        { ...toSettings(input), name, space, labels },
        options.clock.now(),
      );
      if (webhooks.find(webhook.id) !== null) throw refuse(errorTexts.nameTaken);
      return view(webhooks.put(webhook));
    },
    namedWebhooksIntegrationUpdate: (
      _: unknown,
      { id, input }: Named<NamedInput>,
      context: ApiContext,
    ) => {
      const { name, space, labels } = input;
      const webhook = require(id, context);
      return view(webhooks.change(webhook, { ...toSettings(input), name, space, labels }));
    },
    namedWebhooksIntegrationDelete: (_: unknown, { id }: { id: string }, context: ApiContext) => {
      const webhook = require(id, context);
      webhooks.remove(id);
      return view(webhook);
    },
    namedWebhooksIntegrationSetHeaders: (
      _: unknown,
      { id, input }: Named<Headers>,
      context: ApiContext,
    ) => {
      const webhook = require(id, context);
      const given = Object.fromEntries(input.entries.map(({ key, value }) => [key, value]));
      return view(webhooks.change(webhook, { headers: { ...webhook.headers, ...given } }));
    },
    namedWebhooksIntegrationDeleteHeaders: (
      _: unknown,
      { id, headerKeys }: { id: string; headerKeys: readonly string[] },
      context: ApiContext,
    ) => {
      const webhook = require(id, context);
      const kept = Object.entries(webhook.headers).filter(([key]) => !headerKeys.includes(key));
      return view(webhooks.change(webhook, { headers: Object.fromEntries(kept) }));
    },
  };
}

function createAttachedMutations(deps: ApiDeps) {
  const { webhooks, options } = deps;
  const guards = createGuards(deps);
  const toSettings = createSettingsReader(deps);
  const view = (webhook: Webhook) => viewWebhook(webhook, options);

  function require({ stack, id }: { stack: string; id: string }, context: ApiContext): Webhook {
    guards.requireWriter(context);
    const webhook = webhooks.find(id);
    if (webhook?.stack !== guards.requireStack(stack).id) throw refuse('not found');
    return webhook;
  }

  return {
    /** A module's id does as well. */
    webhooksIntegrationCreate: (
      _: unknown,
      { stack, input }: Omit<Attached<WebhookInput>, 'id'>,
      context: ApiContext,
    ) => {
      guards.requireWriter(context);
      const { id } = guards.requireStack(stack);
      const count = webhooks.list().filter((webhook) => webhook.stack === id).length;
      const name = `${id}-webhook-${count + 1}`;
      const settings = { ...toSettings(input), name, stack: id };
      return view(webhooks.put(createWebhook(settings, options.clock.now())));
    },
    webhooksIntegrationUpdate: (_: unknown, args: Attached<WebhookInput>, context: ApiContext) =>
      view(webhooks.change(require(args, context), toSettings(args.input))),
    webhooksIntegrationDelete: (
      _: unknown,
      args: Omit<Attached<WebhookInput>, 'input'>,
      context: ApiContext,
    ) => {
      const webhook = require(args, context);
      webhooks.remove(webhook.id);
      return view(webhook);
    },
  };
}

const createSettingsReader =
  ({ options }: ApiDeps) =>
  ({ enabled, endpoint, secret, retryOnFailure }: WebhookInput) => {
    const { errorTexts, plainHttp } = options.switches;
    const scheme = URL.parse(endpoint)?.protocol;
    const isAccepted = scheme === 'https:' || (scheme === 'http:' && plainHttp === 'accepted');
    if (!isAccepted) throw refuse(errorTexts.endpointRefused);
    return {
      enabled,
      url: endpoint,
      retryOnFailure: retryOnFailure ?? false,
      ...(typeof secret === 'string' && { secret }),
    };
  };
