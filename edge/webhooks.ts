/**
 * The webhooks of the configuration: who may sign under which name, for which account, and what it may ask for. Two
 * webhooks never share a secret, by variable or by value: whoever signs for the weaker one could otherwise command
 * through the other.
 */
import * as v from 'valibot';
import { INTENT_RUN_TYPES, wholeNumber } from '../shared/contract/events.ts';
import { isJsonObject } from '../shared/contract/families/family.ts';
import { fail, type Result, succeed } from '../shared/contract/result.ts';
import type { LabelledSecret } from '../shared/contract/spacelift-signature.ts';
import type { Webhook } from './config.ts';
import type { IntentCap } from './inbox/inbox.ts';

/** The webhook of the route without a name. */
export const DEFAULT_WEBHOOK = 'default';

const DEFAULT_SECRET_VARIABLE = 'SPACELIFT_WEBHOOK_SECRET';

/** Secrets with another purpose: signing with one of them must not open a webhook. */
const OTHER_SECRETS = ['ENVELOPE_SECRET', 'OPERATOR_TOKEN', 'STARTER_ACCESS_CLIENT_SECRET'];

const NAME_GRAMMAR = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/** No stack is meant to be started more often by webhooks; a circle of them would be. */
const CAP = { intents: 100, windowMinutes: 60 };

const MINUTE_MS = 60 * 1000;

const TextSchema = v.pipe(v.string(), v.regex(/./));
const VariableSchema = v.pipe(v.string(), v.regex(/^[A-Z][A-Z0-9_]*$/));
const CountSchema = wholeNumber(1, Number.MAX_SAFE_INTEGER);

const WebhookSchema = v.object({
  account: v.optional(TextSchema),
  accounts: v.optional(v.array(TextSchema)),
  secret: v.optional(VariableSchema),
  factor: v.optional(
    v.object({ header: v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]+$/)), secret: VariableSchema }),
  ),
  intents: v.optional(
    v.object({
      stacks: v.array(TextSchema),
      runTypes: v.optional(v.array(v.picklist(INTENT_RUN_TYPES)), ['TRACKED', 'PROPOSED']),
      cap: v.optional(v.object({ intents: CountSchema, windowMinutes: CountSchema }), CAP),
    }),
  ),
});

/** In `accounts`: whatever account a signed payload names. */
const ANY_ACCOUNT = '*';

type Env = { readonly [variable: string]: unknown };

/** Takes variables without blank ones; reads WEBHOOKS, a table or its JSON text, and the secrets its entries name; the fault is half a sentence. */
export function parseWebhooks(env: Env): Result<ReadonlyMap<string, Webhook>, string> {
  const table = readTable(env['WEBHOOKS']);
  if (table === null) return fail('WEBHOOKS is not a table of webhooks');
  const webhooks = new Map<string, Webhook>();
  const taken = new Set(OTHER_SECRETS.flatMap((variable) => tracesOf(env, variable)));
  for (const [name, raw] of Object.entries({ [DEFAULT_WEBHOOK]: {}, ...table })) {
    const checked = v.safeParse(WebhookSchema, raw);
    if (!NAME_GRAMMAR.test(name) || !checked.success || !isKnown(raw))
      return fail(`WEBHOOKS.${name} is not valid`);
    const { account = null, accounts, intents, factor, secret } = checked.output;
    const variable = secret ?? (name === DEFAULT_WEBHOOK ? DEFAULT_SECRET_VARIABLE : null);
    if (variable === null) return fail(`WEBHOOKS.${name}.secret is missing`);
    const variables = factor === undefined ? [variable] : [variable, factor.secret];
    for (const [index, each] of variables.entries()) {
      const traces = tracesOf(env, each);
      if (traces.some((trace) => taken.has(trace)))
        return fail(`WEBHOOKS.${name}.${index === 0 ? '' : 'factor.'}secret is in use elsewhere`);
      for (const trace of traces) taken.add(trace);
    }
    webhooks.set(name, {
      name,
      account,
      accounts: accounts ?? [account ?? ANY_ACCOUNT],
      intents: intents === undefined ? null : { ...intents, cap: toCap(intents.cap) },
      factor:
        factor === undefined
          ? null
          : { header: factor.header, secrets: secretsOf(env, factor.secret) },
      missingVariables: variables.filter((each) => secretsOf(env, each).length === 0),
      secrets: secretsOf(env, variable),
    });
  }
  return succeed(webhooks);
}

const toCap = ({ intents, windowMinutes }: typeof CAP): IntentCap => ({
  intents,
  windowMs: windowMinutes * MINUTE_MS,
});

function readTable(raw: unknown): object | null {
  try {
    const table: unknown = typeof raw === 'string' ? JSON.parse(raw) : (raw ?? {});
    return isJsonObject(table) ? table : null;
  } catch {
    return null;
  }
}

/** A misspelt key must not pass for one that is not there: a webhook would lose its account. */
const isKnown = (raw: unknown) =>
  isJsonObject(raw) && Object.keys(raw).every((key) => Object.hasOwn(WebhookSchema.entries, key));

/** The variables of a secret and what they hold, current and previous. */
const tracesOf = (env: Env, variable: string): string[] => [
  variable,
  previousOf(variable),
  ...secretsOf(env, variable).map(({ secret }) => `=${secret}`),
];

/** None without a current one: a webhook whose secret was removed is closed, whatever its previous one was. */
function secretsOf(env: Env, variable: string): readonly LabelledSecret[] {
  const [current, previous] = [env[variable], env[previousOf(variable)]];
  if (typeof current !== 'string') return [];
  return [
    { label: 'current', secret: current },
    ...(typeof previous === 'string' ? [{ label: 'previous' as const, secret: previous }] : []),
  ];
}

const previousOf = (variable: string) => `${variable}_PREVIOUS`;
