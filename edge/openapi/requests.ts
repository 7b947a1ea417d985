/** Every parameter of the operator routes, from the schemas that check it and with words for people. */
import {
  CountsQuerySchema,
  DELIVERIES_PER_PAGE,
  ListQuerySchema,
  RedeliverSchema,
  ShowQuerySchema,
} from '../operator/queries.ts';
import { ofRequest, type SchemaObject } from './json-schema.ts';

type Words = { readonly description: string } & More;
type More = Omit<SchemaObject, 'description'>;

/** What JSON Schema cannot take from the check: an instant, or an age. */
const TIME: More = {
  anyOf: [{ pattern: '^\\d{1,6}[smhd]$' }, { format: 'date-time' }, { format: 'date' }],
  examples: ['15m', '2026-11-23T08:00:00Z'],
};

const PLACE = {
  inbox: {
    description:
      'One inbox by its name: `<account>/<stack>`, `<account>/-` (events of an account) or `webhook:<name>` (what belongs to no stack). Comes before `account` and `stack`.',
    examples: ['acme/network', 'webhook:default'],
  },
  account: { description: 'All inboxes of this account, unless `stack` is given.' },
  stack: { description: 'The inbox of this stack; needs `account`.' },
} satisfies Record<string, Words>;

const FILTER = {
  ...PLACE,
  status: { description: 'Only deliveries that stand so.' },
  type: {
    description: 'Only this event type.',
    examples: ['triggered', 'progressed', 'waiting', 'completed', 'failed', 'ended', 'unparsed'],
  },
  since: { description: 'Received then or later: an instant in ISO 8601, or an age.', ...TIME },
  until: { description: 'Received before: an instant in ISO 8601, or an age.', ...TIME },
  cursor: { description: '`nextCursor` of the page before, with the same filter.' },
} satisfies Record<string, Words>;

/** The schema checks it by a rule of its own. */
const LIMIT: More = {
  type: 'integer',
  minimum: 1,
  maximum: DELIVERIES_PER_PAGE.limit,
  default: DELIVERIES_PER_PAGE.default,
};

const LIST: Record<keyof typeof ListQuerySchema.entries, Words> = {
  ...FILTER,
  limit: { description: 'Most deliveries on the page.', ...LIMIT },
};

const COUNTS: Record<keyof typeof CountsQuerySchema.entries, Words> = {
  ...PLACE,
  cursor: { description: '`nextCursor` of the page before.' },
};

const SHOW: Record<keyof typeof ShowQuerySchema.entries, Words> = {
  inbox: { ...PLACE.inbox, description: `${PLACE.inbox.description} Spares looking everywhere.` },
  account: PLACE.account,
  stack: PLACE.stack,
  body: {
    description:
      '`redacted`: its JSON without texts that could name a person or hold a secret. `raw`: all of it, which leaves an audit line of its own. `none`: without.',
  },
};

const REDELIVER: Record<keyof typeof RedeliverSchema.entries, Words> = {
  ...FILTER,
  limit: {
    description:
      'Most deliveries in one request. Each that is read anew costs about five calls to inboxes, each inbox that is looked through one: Cloudflare allows 10,000 a request on the paid plan and 50 on the free one.',
    ...LIMIT,
  },
  ids: {
    description:
      'Delivery ids. Of the rest only the place counts then, and only to find them sooner.',
    maxItems: DELIVERIES_PER_PAGE.limit,
  },
  dryRun: { description: 'Say what would be done, and change nothing.' },
  force: {
    description:
      'Send copies under new keys and ids: an intent asks for another run. What the edge itself holds back is not forced.',
  },
};

export type Parameter = {
  readonly name: string;
  readonly in: 'query' | 'path' | 'header';
  readonly required: boolean;
  readonly description: string;
  readonly schema: SchemaObject;
};

type Entries = Parameters<typeof ofRequest>[0] & { readonly entries: object };

/** The fields of a schema, each with its words; words that name a type take the place of what the schema says. */
function fieldsOf(schema: Entries, words: Record<string, Words>) {
  const { properties = {} } = ofRequest(schema);
  return Object.entries(properties).map(([name, field]) => {
    const { description, ...more }: Words = words[name] ?? { description: '' };
    const found = more.type === undefined ? (field as SchemaObject) : {};
    return { name, description, schema: { ...found, ...more } };
  });
}

const queryOf = (schema: Entries, words: Record<string, Words>): readonly Parameter[] =>
  fieldsOf(schema, words).map(({ name, description, schema: field }) => ({
    name,
    in: 'query',
    required: false,
    description,
    schema: field,
  }));

export const LIST_PARAMETERS = queryOf(ListQuerySchema, LIST);
export const COUNTS_PARAMETERS = queryOf(CountsQuerySchema, COUNTS);
export const SHOW_PARAMETERS = queryOf(ShowQuerySchema, SHOW);

/** What narrows a redelivery down; without any of them it would mean everything. */
const CRITERIA = ['ids', 'inbox', 'account', 'status', 'type', 'since', 'until'];

export const REDELIVER_BODY: SchemaObject = {
  type: 'object',
  description: 'At least one of these narrows down what is meant, or it is refused.',
  properties: Object.fromEntries(
    fieldsOf(RedeliverSchema, REDELIVER).map(({ name, description, schema }) => [
      name,
      { description, ...schema },
    ]),
  ),
  additionalProperties: false,
  anyOf: CRITERIA.map((name) => ({ required: [name] })),
  dependentRequired: { stack: ['account'] },
} as SchemaObject;
