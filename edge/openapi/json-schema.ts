/** From valibot to the JSON Schema of OpenAPI 3.1. Answers may get more fields in a later version, so they are left open. */
import { type ConversionConfig, type JsonSchema, toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';

export type SchemaObject = JsonSchema;

/** A rule that JSON Schema has no word for is told in words. */
const OPTIONS: ConversionConfig = { target: 'draft-2020-12', ignoreActions: ['check'] };

/** What may be sent: as it is before any transformation, and nothing besides. */
export const ofRequest = (schema: GenericSchema): SchemaObject =>
  withoutDialect(toJsonSchema(schema, { ...OPTIONS, typeMode: 'input' }));

export const ofAnswer = (schema: GenericSchema): SchemaObject =>
  withoutDialect(
    toJsonSchema(schema, {
      ...OPTIONS,
      overrideSchema({ jsonSchema }) {
        const { additionalProperties, ...open } = jsonSchema;
        return additionalProperties === false ? open : jsonSchema;
      },
    }),
  );

/** OpenAPI 3.1 has this dialect by itself. */
function withoutDialect(schema: SchemaObject): SchemaObject {
  const { $schema: _, ...rest } = schema;
  return rest;
}
