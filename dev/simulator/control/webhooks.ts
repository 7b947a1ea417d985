/** Control routes of webhooks: register, list, make faulty, switch off and on, remove. */
import { Hono } from 'hono';
import { createWebhook } from '../webhooks/new-webhook.ts';
import { enableWebhook, type Webhook } from '../webhooks/registry.ts';
import { readBody, RequestFault } from './body.ts';
import type { ControlDeps } from './control.ts';
import { DeliveryFaultsSchema, SecretSchema, WebhookSchema } from './schemas.ts';
import { showWebhook } from './show.ts';

export function createWebhookRoutes({ engine, webhooks, options }: ControlDeps): Hono {
  const routes = new Hono();

  routes.get('/', (c) => c.json(webhooks.list().map(showWebhook)));
  routes.post('/', async (c) => {
    const intent = 'Cannot register webhook';
    const {
      stack = null,
      stacks = null,
      name,
      ...settings
    } = await readBody(c, WebhookSchema, intent);
    for (const id of [stack, ...(stacks ?? [])])
      if (id !== null && engine.findStack(id) === null)
        throw new RequestFault(400, `${intent}: no stack ${id}`);
    const webhook = createWebhook(
      { ...settings, name: name ?? `webhook-${webhooks.list().length + 1}`, stack, stacks },
      options.clock.now(),
    );
    if (webhooks.find(webhook.id) !== null)
      throw new RequestFault(400, `${intent}: ${webhook.id} exists already`);
    return c.json(showWebhook(webhooks.put(webhook)), 201);
  });
  routes.post('/:id/enable', (c) => {
    const webhook = requireWebhook(c.req.param('id'), 'Cannot enable webhook');
    enableWebhook(webhook);
    return c.json(showWebhook(webhook));
  });
  routes.post('/:id/disable', (c) => {
    const webhook = requireWebhook(c.req.param('id'), 'Cannot disable webhook');
    webhook.enabled = false;
    return c.json(showWebhook(webhook));
  });
  routes.post('/:id/faults', async (c) => {
    const webhook = requireWebhook(c.req.param('id'), 'Cannot make webhook faulty');
    webhook.faults = await readBody(c, DeliveryFaultsSchema, 'Cannot make webhook faulty');
    return c.json(showWebhook(webhook));
  });
  routes.post('/:id/secret', async (c) => {
    const webhook = requireWebhook(c.req.param('id'), 'Cannot change secret');
    webhook.secret = (await readBody(c, SecretSchema, 'Cannot change secret')).secret;
    return c.json(showWebhook(webhook));
  });
  routes.delete('/:id', (c) => {
    webhooks.remove(requireWebhook(c.req.param('id'), 'Cannot remove webhook').id);
    return c.body(null, 204);
  });

  function requireWebhook(id: string, intent: string): Webhook {
    const webhook = webhooks.find(id);
    if (webhook === null) throw new RequestFault(404, `${intent}: no webhook ${id}`);
    return webhook;
  }

  return routes;
}
