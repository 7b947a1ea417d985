/**
 * The OpenAPI 3.1 document of the edge: every route with every answer. Made from the schemas that check requests and from
 * those of the answers; `npm run openapi` writes it to docs/openapi.json, and a test fails when that is stale.
 */
import {
  CountsSchema,
  DetailsSchema,
  HealthSchema,
  MisconfiguredSchema,
  OutcomeSchema,
  PageSchema,
  ReceiptSchema,
  RefusalSchema,
} from './answers.ts';
import { ofAnswer } from './json-schema.ts';
import { refusalsFor } from './refusals.ts';
import { COUNTS_PARAMETERS, LIST_PARAMETERS, REDELIVER_BODY, SHOW_PARAMETERS } from './requests.ts';
import { WEBHOOK_PATHS } from './webhook-routes.ts';

const SCHEMAS = {
  Receipt: ReceiptSchema,
  Refusal: RefusalSchema,
  Health: HealthSchema,
  Misconfigured: MisconfiguredSchema,
  Page: PageSchema,
  Details: DetailsSchema,
  Counts: CountsSchema,
  Outcome: OutcomeSchema,
};

const json = (...schemas: readonly (keyof typeof SCHEMAS)[]) => {
  const references = schemas.map((name) => ({ $ref: `#/components/schemas/${name}` }));
  return {
    'application/json': {
      schema: references.length === 1 ? references[0] : { oneOf: references },
    },
  };
};

const OPERATOR = { security: [{ operatorToken: [] }, { access: [] }], tags: ['inbox'] };

const UNAVAILABLE = ['token-not-configured', 'access-unavailable', 'inbox-unavailable'] as const;

const INBOX_PATHS = {
  '/inbox': {
    get: {
      ...OPERATOR,
      operationId: 'listDeliveries',
      summary: 'List deliveries',
      description: 'Inbox by inbox in the order of their names, newest first in each.',
      parameters: LIST_PARAMETERS,
      responses: {
        200: { description: 'A page of deliveries.', content: json('Page') },
        ...refusalsFor('query-invalid', 'token-wrong', ...UNAVAILABLE),
      },
    },
  },
  '/inbox/counts': {
    get: {
      ...OPERATOR,
      operationId: 'countDeliveries',
      summary: 'Count deliveries by how they stand',
      description: 'Forty inboxes a page, with the outage of each while the starter is away.',
      parameters: COUNTS_PARAMETERS,
      responses: {
        200: { description: 'Counts for each inbox, and together.', content: json('Counts') },
        ...refusalsFor('query-invalid', 'token-wrong', ...UNAVAILABLE),
      },
    },
  },
  '/inbox/redeliver': {
    post: {
      ...OPERATOR,
      operationId: 'redeliver',
      summary: 'Send deliveries again',
      description:
        'Under the same key, marked as the n-th redelivery, so that effects already done are not repeated. What the edge itself held back (unparsed, no grant, another account, over the cap) is read anew by today’s code and configuration and moves to the inbox it belongs to. Waits for the starter’s answer, though no longer than one attempt may take. Every delivery leaves an audit line.',
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: REDELIVER_BODY,
            examples: {
              ids: { value: { ids: ['f50d6b71-76e4-45ae-a22d-63bc25ed22cb'] } },
              parked: { value: { account: 'acme', status: 'parked', since: '7d', dryRun: true } },
            },
          },
        },
      },
      responses: {
        200: { description: 'How each delivery stands now.', content: json('Outcome') },
        ...refusalsFor('body-invalid', 'token-wrong', ...UNAVAILABLE),
      },
    },
  },
  '/inbox/{id}': {
    get: {
      ...OPERATOR,
      operationId: 'showDelivery',
      summary: 'Show one delivery',
      description: 'With its attempts, its envelope and its body, redacted unless asked for.',
      parameters: [
        {
          name: 'id',
          in: 'path',
          required: true,
          description: 'Delivery id, from a receipt, a list or a log line.',
          schema: { type: 'string' },
        },
        ...SHOW_PARAMETERS,
      ],
      responses: {
        200: { description: 'All that is kept of it.', content: json('Details') },
        ...refusalsFor('query-invalid', 'token-wrong', 'delivery-unknown', ...UNAVAILABLE),
      },
    },
  },
};

const HEALTH_PATH = {
  '/healthz': {
    get: {
      tags: ['health'],
      operationId: 'health',
      summary: 'Whether deliveries can be accepted',
      security: [],
      responses: {
        200: { description: 'They can.', content: json('Health') },
        503: {
          description: 'No webhook has a secret, or the configuration cannot be read.',
          content: json('Health', 'Misconfigured'),
        },
      },
    },
  },
};

const SECURITY_SCHEMES = {
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Signature-256',
    description:
      '`sha256=` and, in 64 lower-case hex digits, the HMAC-SHA-256 of the body’s bytes under a secret of the webhook. A webhook may be configured to want a second header.',
  },
  operatorToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'The edge’s `OPERATOR_TOKEN`.',
  },
  access: {
    type: 'apiKey',
    in: 'header',
    name: 'Cf-Access-Jwt-Assertion',
    description:
      'Put there by Cloudflare Access once it knows who asks: a person by a login, a program by a service token (`CF-Access-Client-Id`, `CF-Access-Client-Secret`).',
  },
};

export const createDocument = (version: string) => ({
  openapi: '3.1.0',
  info: {
    title: 'spacelift-temporal edge',
    version,
    summary: 'Receives Spacelift webhooks, and shows what became of them.',
    description:
      'Any other path is answered 404 `route-unknown`, any other method of these 405 `method-not-allowed` with an `Allow` header. While the configuration cannot be read, everything is answered 503 with `status` `misconfigured`. The formats are explained in wire.md.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [
    {
      url: 'https://{host}',
      variables: { host: { default: 'hooks.example.com', description: 'where the edge is' } },
    },
    { url: 'http://127.0.0.1:8787', description: 'beside `npm start`' },
  ],
  tags: [
    { name: 'webhooks', description: 'For Spacelift, and for whoever may send intents.' },
    { name: 'inbox', description: 'For operators.' },
    { name: 'health', description: 'For monitoring.' },
  ],
  paths: { ...WEBHOOK_PATHS, ...HEALTH_PATH, ...INBOX_PATHS },
  components: {
    securitySchemes: SECURITY_SCHEMES,
    schemas: Object.fromEntries(
      Object.entries(SCHEMAS).map(([name, schema]) => [name, ofAnswer(schema)]),
    ),
  },
});
