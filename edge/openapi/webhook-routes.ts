/** The webhook routes of the OpenAPI document: two paths, two methods, one meaning. */
import { refusalsFor } from './refusals.ts';

const BODY = {
  description:
    'Whatever Spacelift sends, or the short form of your own tools; `Content-Type` does not matter. A signed body that nobody understands, an empty one too, is kept as unparsed and answered 202.',
  content: {
    'application/json': {
      schema: {},
      examples: {
        intent: {
          summary: 'short form: please start a run',
          value: {
            event_type: 'triggered',
            stack_id: 'network',
            idempotency_key: 'release-2026-11-23',
          },
        },
        run: {
          summary: 'default payload of a run',
          value: {
            account: 'acme',
            state: 'FINISHED',
            stateVersion: 7,
            timestamp: 1_763_911_064,
            run: { id: '01KAQZ7Q9M3T5V8XW2Y4Z6B8CD', type: 'TRACKED', branch: 'main' },
            stack: { id: 'network' },
          },
        },
      },
    },
  },
};

const receive = (operationId: string, ...more: readonly 'webhook-unknown'[]) => ({
  tags: ['webhooks'],
  operationId,
  summary: 'Receive a delivery',
  description: 'Answered 202 only after the delivery is on disk.',
  security: [{ signature: [] }],
  requestBody: BODY,
  responses: {
    202: {
      description: 'Kept.',
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Receipt' } } },
      links: {
        delivery: {
          operationId: 'showDelivery',
          parameters: { id: '$response.body#/deliveryId' },
          description: 'What became of it, for operators.',
        },
      },
    },
    ...refusalsFor(
      'signature-wrong',
      ...more,
      'body-too-large',
      'secret-missing',
      'inbox-unavailable',
    ),
  },
});

const NAME = {
  name: 'name',
  in: 'path',
  required: true,
  description: 'Name of the webhook in the edge’s configuration.',
  schema: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$' },
};

export const WEBHOOK_PATHS = {
  '/webhooks/spacelift': {
    post: receive('receive'),
    put: receive('receiveByPut'),
  },
  '/webhooks/spacelift/{name}': {
    parameters: [NAME],
    post: receive('receiveNamed', 'webhook-unknown'),
    put: receive('receiveNamedByPut', 'webhook-unknown'),
  },
};
