/** What the control API takes as an order for faults of the GraphQL API. Strict, as all of it is. */
import * as v from 'valibot';

const countSchema = v.pipe(v.number(), v.integer(), v.minValue(0));

const FAULT_ENTRIES = {
  status: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599))),
  message: v.exactOptional(v.string()),
  body: v.exactOptional(v.string()),
  lost: v.optional(v.boolean(), false),
  created: v.optional(v.boolean(), false),
  createdAfterMs: v.exactOptional(countSchema),
  untilState: v.exactOptional(v.pipe(v.string(), v.minLength(1))),
  untilDelivered: v.optional(v.boolean(), false),
  hangMs: v.optional(countSchema, 0),
  retryAfterSeconds: v.exactOptional(countSchema),
  nullAt: v.exactOptional(v.pipe(v.array(v.string()), v.minLength(1))),
  errorBeside: v.exactOptional(v.string()),
  expiredToken: v.optional(v.boolean(), false),
};

const EFFECTS = [
  'status',
  'message',
  'body',
  'lost',
  'createdAfterMs',
  'untilState',
  'untilDelivered',
  'hangMs',
  'nullAt',
  'errorBeside',
  'expiredToken',
] as const;

type Effects = Readonly<Partial<Record<(typeof EFFECTS)[number], unknown>>>;

/** `created` and `retryAfterSeconds` only say more about another effect. */
const isFault = (fault: Effects): boolean =>
  EFFECTS.some((name) => ![undefined, false, 0].includes(fault[name] as undefined | false | 0));

const FaultSchema = v.pipe(
  v.strictObject(FAULT_ENTRIES),
  v.check((fault) => isFault(fault), `one of ${EFFECTS.join(', ')} is required`),
);

export const FaultOrderSchema = v.pipe(
  v.strictObject({
    operation: v.pipe(v.string(), v.minLength(1)),
    stack: v.exactOptional(v.string()),
    key: v.exactOptional(v.string()),
    probability: v.exactOptional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
    times: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
    oneOf: v.exactOptional(v.pipe(v.array(FaultSchema), v.minLength(1))),
    ...FAULT_ENTRIES,
  }),
  v.check(
    (order) => (order.oneOf !== undefined) !== isFault(order),
    `either oneOf or one of ${EFFECTS.join(', ')} is required`,
  ),
);
