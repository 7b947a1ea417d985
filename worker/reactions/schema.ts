/**
 * The reactions file, checked: what is wrong is named by rule and field, all of it at once. Rules come out in one form, with
 * lists for one-or-more and milliseconds for durations.
 */
import * as v from 'valibot';
import { INTENT_RUN_TYPES } from '../../shared/contract/events.ts';
import type { ReactionOn } from '../../shared/workflow/reactions.ts';
import { type Duration, parseDuration } from './durations.ts';

/** One that is missing here does not compile. */
const EVERY_ON = {
  waiting: true,
  completed: true,
  failed: true,
  ended: true,
  internal_error: true,
  module_version: true,
  audit: true,
  trouble: true,
} as const satisfies Record<ReactionOn, true>;

const ON = Object.keys(EVERY_ON) as readonly ReactionOn[];

const TRIGGERS = ['vcs', 'api-key', 'own-key', 'other-key', 'other'] as const;

/** Many enough for any flapping test environment, few enough for a typing error. */
const RETRIES_LIMIT = 20;
const NOTE_LIMIT = 1000;

const said = (issue: v.BaseIssue<unknown>) =>
  issue.expected === 'never'
    ? 'there is no such field'
    : issue.received === 'undefined' && issue.expected?.startsWith('"')
      ? 'is missing'
      : 'must be an object';

const object = <Entries extends v.ObjectEntries>(entries: Entries) => v.strictObject(entries, said);

const text = v.pipe(v.string('must be a text'), v.nonEmpty('must not be empty'));

const oneOf = <const Options extends readonly string[]>(options: Options) =>
  v.picklist(options, `must be one of ${options.join(', ')}`);

/** Comes out as a list. */
const oneOrMore = <Output>(schema: v.GenericSchema<unknown, Output>) =>
  v.pipe(
    v.lazy((input): v.GenericSchema<unknown, Output | Output[]> =>
      Array.isArray(input) ? v.pipe(v.array(schema), v.nonEmpty('must not be empty')) : schema,
    ),
    v.transform((output): readonly Output[] => (Array.isArray(output) ? output : [output])),
  );

const texts = v.optional(oneOrMore(text));

const duration = v.pipe(
  v.string('must be a text like 90s, 30m, 4h or 2d'),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const durationMs = parseDuration(dataset.value);
    if (durationMs !== null) return durationMs;
    addIssue({ message: 'must be like 90s, 30m, 4h or 2d, of at most 30 days' });
    return NEVER;
  }),
);

const variableName = v.pipe(
  text,
  v.regex(/^[A-Za-z_]\w*$/, 'must be the name of an environment variable'),
);

const where = object({
  account: texts,
  stack: texts,
  label: texts,
  space: texts,
  branch: texts,
  runType: texts,
  state: texts,
  drift: v.optional(v.boolean('must be true or false')),
  triggeredBy: v.optional(oneOrMore(oneOf(TRIGGERS))),
  topic: texts,
});

const triggerStack = object({
  stack: v.pipe(text, v.regex(/^[A-Za-z0-9][\w.-]*$/, 'must be the id of a stack')),
  runType: v.optional(oneOf(INTENT_RUN_TYPES.filter((type) => type !== 'TASK')), 'TRACKED'),
  commit: v.optional(oneOf(['same', 'tracked']), 'tracked'),
});

const whole = (least: number, most: number) => {
  const message = `must be a whole number from ${least} to ${most}`;
  return v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(least, message),
    v.maxValue(most, message),
  );
};

const retryRun = object({
  attempts: whole(1, RETRIES_LIMIT),
  backoff: v.optional(
    object({
      first: v.optional(duration, '1m' satisfies Duration),
      factor: v.optional(
        v.pipe(
          v.number('must be a number'),
          v.minValue(1, 'must be at least 1'),
          v.maxValue(100, 'must be at most 100'),
        ),
        2,
      ),
      atMost: v.optional(duration, '1h' satisfies Duration),
    }),
    {},
  ),
  failedIn: texts,
});

const note = v.pipe(
  v.lazy((input): v.GenericSchema<unknown, true | { note: string }> =>
    input === true
      ? v.literal(true)
      : object({ note: v.pipe(text, v.maxLength(NOTE_LIMIT, 'must be shorter')) }),
  ),
  v.transform((given) => ({ note: given === true ? null : given.note })),
);

const callWebhook = v.pipe(
  object({
    url: v.optional(
      v.pipe(text, v.url('must be an address'), v.regex(/^https?:/, 'must be http or https')),
    ),
    urlFrom: v.optional(variableName),
    secretFrom: variableName,
  }),
  v.check(
    ({ url, urlFrom }) => (url === undefined) !== (urlFrom === undefined),
    'must have either url or urlFrom',
  ),
);

const deeds = v.pipe(
  object({
    notify: texts,
    triggerDependents: v.optional(v.literal(true, 'must be true')),
    triggerStack: v.optional(oneOrMore(triggerStack)),
    retryRun: v.optional(retryRun),
    confirm: v.optional(note),
    discard: v.optional(note),
    callWebhook: v.optional(callWebhook),
  }),
  v.check((given) => Object.keys(given).length > 0, 'must not be empty'),
  v.check(
    ({ confirm, discard }) => confirm === undefined || discard === undefined,
    'cannot both confirm and discard',
  ),
);

const RuleSchema = object({
  id: v.pipe(
    v.string('must be a text'),
    v.regex(/^[A-Za-z0-9][\w-]{0,63}$/, 'must have letters, digits, - and _, at most 64'),
  ),
  on: oneOrMore(oneOf(ON)),
  where: v.optional(where, {}),
  do: deeds,
  then: v.optional(deeds),
  stop: v.optional(v.literal(true, 'must be true')),
  after: v.optional(duration),
});

export const ReactionsSchema = object({
  routes: v.record(v.string(), v.unknown(), 'must be an object'),
  rules: v.array(RuleSchema, 'must be a list'),
});

export type Deeds = v.InferOutput<typeof deeds>;
export type CheckedRule = v.InferOutput<typeof RuleSchema>;
export type CheckedWhere = v.InferOutput<typeof where>;
