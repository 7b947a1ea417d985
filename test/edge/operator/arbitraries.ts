/** Random requests from the OpenAPI document: such as it allows, and such as it does not. */
import * as fc from 'fast-check';

export type Schema = {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly dependentRequired?: Readonly<Record<string, readonly string[]>>;
};

export type Known = Readonly<Record<string, readonly string[]>>;

/** With more of them next to nothing passes a filter. */
const FIELDS_AT_ONCE = 4;

/** All of Unicode, control characters and halves of pairs included. */
const anyText = fc.string({ unit: 'binary', maxLength: 40 });

const instant = fc
  .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString());

function textOf({ pattern, format }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time') return instant;
  if (format === 'date') return instant.map((text) => text.slice(0, 10));
  return pattern === undefined ? anyText : fc.stringMatching(new RegExp(pattern));
}

/** Values that the schema allows; `known` ones by the name of their field come often, so that something is found. */
export function allowedBy(schema: Schema, name = '', known: Known = {}): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'integer')
    return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 1000 });
  if (schema.type === 'array')
    return fc.array(allowedBy(schema.items ?? {}, name, known), { maxLength: 5 });
  if (schema.type === 'object') return objectOf(schema, known);
  const texts = (schema.anyOf ?? [schema]).map((option) => textOf(option));
  const seen = known[name] ?? [];
  const random = fc.oneof(...texts);
  return seen.length === 0
    ? random
    : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...seen) }, random);
}

/** Some of its fields, with those that others of them need. */
function objectOf(
  { properties = {}, dependentRequired = {}, anyOf }: Schema,
  known: Known,
): fc.Arbitrary<unknown> {
  const criteria = anyOf as readonly { readonly required: readonly string[] }[] | undefined;
  return fc
    .subarray(Object.keys(properties), { maxLength: FIELDS_AT_ONCE })
    .chain((names) =>
      fc.record(
        Object.fromEntries(
          names.map((name) => [name, allowedBy(properties[name] ?? {}, name, known)]),
        ),
      ),
    )
    .map((given) => ({ ...given }))
    .filter(
      (given) =>
        Object.entries(dependentRequired).every(
          ([name, needed]) => !(name in given) || needed.every((other) => other in given),
        ) &&
        (criteria?.some(({ required }) => required.every((name) => name in given)) ?? true),
    );
}

/** Mostly not what any schema allows. */
export const anyValue = fc.oneof(
  anyText,
  fc.jsonValue(),
  fc.constantFrom('', '0', '-1', 'null', '__proto__', '1e999', '9'.repeat(400), '@', '../..'),
);
