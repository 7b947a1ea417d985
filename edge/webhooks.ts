/**
 * The webhooks of the configuration: who may sign under which name, for which account, and what it may ask for. Two
 * webhooks never share a secret: whoever signs for the weaker one could otherwise command through the other.
 */
import * as v from 'valibot';
import { INTENT_RUN_TYPES } from '../shared/contract/events.ts';
import { isJsonObject } from '../shared/contract/families/family.ts';
import { fail, type Result, succeed } from '../shared/contract/result.ts';
import type { LabelledSecret } from '../shared/contract/spacelift-signature.ts';
import type { Webhook } from './config.ts';

/** The webhook of the route without a name. */
export const DEFAULT_WEBHOOK = 'default';

const DEFAULT_SECRET_VARIABLE = 'SPACELIFT_WEBHOOK_SECRET';
const PREVIOUS_SUFFIX = '_PREVIOUS';

/** Secrets with another purpose: signing with one of them must not open a webhook. */
const RESERVED_VARIABLES = ['ENVELOPE_SECRET', 'OPERATOR_TOKEN', 'STARTER_ACCESS_CLIENT_SECRET'];

const NAME_GRAMMAR = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

const WebhookSchema = v.object({
  account: v.exactOptional(v.pipe(v.string(), v.minLength(1))),
  secret: v.exactOptional(v.pipe(v.string(), v.regex(/^[A-Z][A-Z0-9_]*$/))),
  intents: v.exactOptional(
    v.object({
      stacks: v.array(v.pipe(v.string(), v.minLength(1))),
      runTypes: v.optional(v.array(v.picklist(INTENT_RUN_TYPES)), ['TRACKED', 'PROPOSED']),
    }),
  ),
});

type Raw = v.InferOutput<typeof WebhookSchema>;

/** Reads WEBHOOKS, a table or its JSON text, and the secrets its entries name; the fault is half a sentence. */
export function parseWebhooks(env: object): Result<ReadonlyMap<string, Webhook>, string> {
  const values: { readonly [name: string]: unknown } = { ...env };
  const table = readTable(values['WEBHOOKS']);
  if (!table.ok) return table;
  const entries: [string, Raw][] = [];
  for (const [name, raw] of Object.entries({ [DEFAULT_WEBHOOK]: {}, ...table.value })) {
    const checked = v.safeParse(WebhookSchema, raw);
    if (!NAME_GRAMMAR.test(name) || !checked.success || !isKnown(raw))
      return fail(`WEBHOOKS.${name} is not valid`);
    entries.push([name, checked.output]);
  }
  const variables = secretVariables(entries);
  if (!variables.ok) return variables;
  const webhooks = entries.map(([name, raw]) =>
    toWebhook(name, raw, secretsOf(variables.value.get(name) ?? '', values)),
  );
  const shared = sharedSecret(webhooks);
  if (shared !== null) return fail(`webhooks ${shared.join(' and ')} have the same secret`);
  return succeed(new Map(webhooks.map((webhook) => [webhook.name, webhook])));
}

/** A misspelt key must not pass for one that is not there: a webhook would lose its account. */
const isKnown = (raw: object) =>
  Object.keys(raw).every((key) => Object.hasOwn(WebhookSchema.entries, key));

function readTable(raw: unknown): Result<object, string> {
  try {
    const table: unknown = typeof raw === 'string' ? JSON.parse(raw || '{}') : (raw ?? {});
    if (isJsonObject(table)) return succeed(table);
  } catch {
    // Falls through to the same answer as any other value that is no table.
  }
  return fail('WEBHOOKS is not a table of webhooks');
}

/** Name of the variable that holds each webhook's secret, no variable given twice. */
function secretVariables(entries: [string, Raw][]): Result<ReadonlyMap<string, string>, string> {
  const taken = new Set(RESERVED_VARIABLES.flatMap(withPrevious));
  const variables = new Map<string, string>();
  for (const [name, raw] of entries) {
    const isDefault = name === DEFAULT_WEBHOOK;
    if (isDefault && (raw.secret ?? DEFAULT_SECRET_VARIABLE) !== DEFAULT_SECRET_VARIABLE)
      return fail(`WEBHOOKS.${name}.secret is always ${DEFAULT_SECRET_VARIABLE}`);
    const variable = isDefault ? DEFAULT_SECRET_VARIABLE : raw.secret;
    if (variable === undefined) return fail(`WEBHOOKS.${name}.secret is missing`);
    if (withPrevious(variable).some((candidate) => taken.has(candidate)))
      return fail(`WEBHOOKS.${name}.secret names a variable that is used elsewhere`);
    for (const used of withPrevious(variable)) taken.add(used);
    variables.set(name, variable);
  }
  return succeed(variables);
}

const withPrevious = (variable: string): [string, string] => [
  variable,
  `${variable}${PREVIOUS_SUFFIX}`,
];

/** None without a current one: a webhook whose secret was removed is closed, whatever its previous one was. */
function secretsOf(
  variable: string,
  values: { readonly [name: string]: unknown },
): readonly LabelledSecret[] {
  const [current, previous] = withPrevious(variable).map((name) => textOf(values[name]));
  if (current === undefined || current === null) return [];
  return [
    { label: 'current', secret: current },
    ...(previous === undefined || previous === null
      ? []
      : [{ label: 'previous' as const, secret: previous }]),
  ];
}

const textOf = (raw: unknown) => (typeof raw === 'string' && raw.trim() !== '' ? raw : null);

const toWebhook = (name: string, raw: Raw, secrets: readonly LabelledSecret[]): Webhook => ({
  name,
  account: raw.account ?? null,
  secrets,
  intents: raw.intents ?? null,
});

function sharedSecret(webhooks: readonly Webhook[]): [string, string] | null {
  const owners = new Map<string, string>();
  for (const { name, secrets } of webhooks) {
    for (const { secret } of secrets) {
      const owner = owners.get(secret);
      if (owner !== undefined && owner !== name) return [owner, name];
      owners.set(secret, name);
    }
  }
  return null;
}
