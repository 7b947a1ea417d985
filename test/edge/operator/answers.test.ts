import { describe, expectTypeOf, test } from 'vitest';
import type { ExtractSchema } from 'hono/types';
import type * as v from 'valibot';
import type { Health } from '../../../edge/health.ts';
import type {
  CountsSchema,
  DetailsSchema,
  HealthSchema,
  OutcomeSchema,
  PageSchema,
  ReceiptSchema,
  RefusalSchema,
} from '../../../edge/openapi/answers.ts';
import type { OperatorApp } from '../../../edge/operator/routes.ts';
import type { Receipt } from '../../../edge/receive.ts';

type Routes = ExtractSchema<OperatorApp>;

type Mutable<T> = T extends object ? { -readonly [Key in keyof T]: Mutable<T[Key]> } : T;

/** What a route answers with a status, as a client of it sees it. */
type AnswerOf<Answer, Status extends number> = Answer extends {
  status: infer Statuses;
  output: infer Output;
}
  ? Status extends Statuses
    ? Output
    : never
  : never;

type Page = Mutable<AnswerOf<Routes['/']['$get'], 200>>;
type Counts = Mutable<AnswerOf<Routes['/counts']['$get'], 200>>;
type Outcome = Mutable<AnswerOf<Routes['/redeliver']['$post'], 200>>;
type Details = AnswerOf<Routes['/:id']['$get'], 200>;
type Refusal = AnswerOf<Routes['/:id']['$get'], 404>;

type ShownDetails = v.InferOutput<typeof DetailsSchema>;

/** But for what is any JSON to a client, and not known to the schema. */
type Known<Shown> = Mutable<Omit<Shown, 'envelope' | 'body'>>;
type BodyOf<Shown extends { readonly body: unknown }> = NonNullable<Shown['body']>;

/** Checked by `tsc`; a schema that allows more or less than a route answers does not compile. */
describe('answers', () => {
  test('are what the routes return', () => {
    expectTypeOf<Page>().toExtend<v.InferOutput<typeof PageSchema>>();
    expectTypeOf<v.InferOutput<typeof PageSchema>>().toExtend<Page>();
    expectTypeOf<Counts>().toExtend<v.InferOutput<typeof CountsSchema>>();
    expectTypeOf<v.InferOutput<typeof CountsSchema>>().toExtend<Counts>();
    expectTypeOf<Outcome>().toExtend<v.InferOutput<typeof OutcomeSchema>>();
    expectTypeOf<v.InferOutput<typeof OutcomeSchema>>().toExtend<Outcome>();
    expectTypeOf<Known<Details>>().toExtend<Known<ShownDetails>>();
    expectTypeOf<Known<ShownDetails>>().toExtend<Known<Details>>();
    expectTypeOf<keyof Details>().toEqualTypeOf<keyof ShownDetails>();
    expectTypeOf<keyof BodyOf<Details>>().toEqualTypeOf<keyof BodyOf<ShownDetails>>();
    expectTypeOf<BodyOf<ShownDetails>['form']>().toExtend<BodyOf<Details>['form']>();
    expectTypeOf<keyof Refusal>().toEqualTypeOf<keyof v.InferOutput<typeof RefusalSchema>>();
    expectTypeOf<v.InferOutput<typeof RefusalSchema>>().toExtend<Refusal>();
    expectTypeOf<Health>().toExtend<v.InferOutput<typeof HealthSchema>>();
    expectTypeOf<v.InferOutput<typeof HealthSchema>>().toExtend<Health>();
    expectTypeOf<Receipt>().toExtend<v.InferOutput<typeof ReceiptSchema>>();
    expectTypeOf<v.InferOutput<typeof ReceiptSchema>>().toExtend<Receipt>();
  });
});
