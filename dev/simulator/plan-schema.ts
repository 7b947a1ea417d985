/** A random plan as the environment and the control API take it; every part has a default. */
import * as v from 'valibot';
import { RUN_STATES } from '../../shared/contract/states.ts';
import { OUTCOMES } from './runs/random-plan.ts';

const weightSchema = v.pipe(v.number(), v.minValue(0), v.finite());

const probabilitySchema = v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0);

const countSchema = v.pipe(v.number(), v.integer(), v.minValue(0));

export const RangeSchema = v.pipe(
  v.strictObject({ least: countSchema, most: countSchema }),
  v.check(({ least, most }) => least <= most, 'least must not be above most'),
);

/** A person on a laptop's time: long enough to be seen waiting. */
const WAIT_MS = { least: 1000, most: 10_000 };

export const PlanSchema = v.strictObject({
  outcomes: v.optional(v.record(v.picklist(OUTCOMES), weightSchema), { finished: 1 }),
  failAt: v.optional(v.array(v.picklist(RUN_STATES)), []),
  waitMs: v.optional(RangeSchema, WAIT_MS),
  replan: probabilitySchema,
  warn: probabilitySchema,
});
