/**
 * What operators may ask, as schemas: they check the requests, and the OpenAPI document is made of them. A key that is not
 * known is refused: a misspelt filter must not mean everything.
 */
import type { MiddlewareHandler } from 'hono';
import * as v from 'valibot';
import { wholeNumber } from '../../shared/contract/events.ts';
import { DELIVERY_STATUSES } from '../inbox/inbox.ts';
import { refuse } from '../refuse.ts';

/** Each delivery read anew costs about five subrequests, of which the paid plan allows 10,000 a request. */
export const DELIVERIES_PER_PAGE = { default: 50, limit: 200 };

const UNITS_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** An instant in ISO 8601, or an age such as `90s`, `15m`, `2h`, `7d`; epoch ms. */
function toTime(text: string): number {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (amount === undefined) return /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Date.now() - Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS];
}

const text = v.optional(v.string());
const time = v.optional(
  v.pipe(
    v.string(),
    v.transform(toTime),
    v.check((at) => !Number.isNaN(at)),
  ),
);

/** `account` alone means all of its inboxes. */
const PLACE = { inbox: text, account: text, stack: text };

const FILTER = {
  ...PLACE,
  status: v.optional(v.picklist(DELIVERY_STATUSES)),
  type: text,
  /** Received then or later. */
  since: time,
  /** Received before. */
  until: time,
  cursor: v.optional(v.pipe(v.string(), v.regex(/@\d*$/))),
};

const count = wholeNumber(1, DELIVERIES_PER_PAGE.limit);
const limit = v.optional(count, DELIVERIES_PER_PAGE.default);

export const CountsQuerySchema = v.object({ ...PLACE, cursor: text });

export const ListQuerySchema = v.object({
  ...FILTER,
  limit: v.optional(
    v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number), count),
    String(DELIVERIES_PER_PAGE.default),
  ),
});

export const ShowQuerySchema = v.object({
  ...PLACE,
  body: v.optional(v.picklist(['redacted', 'raw', 'none']), 'redacted'),
});

export const RedeliverSchema = v.object({
  ...FILTER,
  limit,
  /** Delivery ids; then only the place counts, and only to find them sooner. */
  ids: v.optional(
    v.pipe(
      v.array(v.string()),
      v.check(({ length }) => length <= DELIVERIES_PER_PAGE.limit),
    ),
  ),
  dryRun: v.optional(v.boolean(), false),
  force: v.optional(v.boolean(), false),
});

type Entries = { readonly entries: object };

/** The first key that the schema does not have. */
const strayKeyOf = (schema: Entries, given: unknown): string | undefined =>
  Object.keys(given ?? {}).find((key) => !Object.hasOwn(schema.entries, key));

type Checked<Schema extends v.GenericSchema, Target extends 'query' | 'json'> = MiddlewareHandler<
  Record<string, unknown>,
  string,
  {
    in: { [Key in Target]: v.InferInput<Schema> };
    out: { [Key in Target]: v.InferOutput<Schema> };
  }
>;

export const checkQuery = <Schema extends v.GenericSchema & Entries>(
  schema: Schema,
): Checked<Schema, 'query'> =>
  check(schema, 'query', 'query-invalid', (c) =>
    Object.fromEntries(new URL(c.req.url).searchParams),
  );

/** The body must say that it is JSON: no form of another site can, so nobody's browser redelivers unasked. */
export const checkJson = <Schema extends v.GenericSchema & Entries>(
  schema: Schema,
): Checked<Schema, 'json'> =>
  check(schema, 'json', 'body-invalid', async (c) =>
    c.req.raw.headers.get('Content-Type')?.startsWith('application/json') === true
      ? await c.req.raw.json().catch(() => null)
      : null,
  );

function check<Schema extends v.GenericSchema & Entries, Target extends 'query' | 'json'>(
  schema: Schema,
  target: Target,
  reason: 'query-invalid' | 'body-invalid',
  read: (c: Parameters<MiddlewareHandler>[0]) => unknown,
): Checked<Schema, Target> {
  return async function checked(c, next) {
    const given = await read(c);
    const parsed = v.safeParse(schema, given);
    if (!parsed.success) return refuse(c, reason, v.getDotPath(parsed.issues[0]) ?? undefined);
    const stray = strayKeyOf(schema, given) ?? misplaced(given as Given);
    if (stray !== undefined) return refuse(c, reason, stray);
    c.req.addValidatedData(target, parsed.output as object);
    return next();
  };
}

type Given = { readonly account?: unknown; readonly stack?: unknown };

/** A stack has its name within an account only. */
const misplaced = ({ account, stack }: Given): 'account' | undefined =>
  stack !== undefined && account === undefined ? 'account' : undefined;
