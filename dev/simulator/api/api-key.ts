/** An API key of the account, as the environment and the control API give it. */
import * as v from 'valibot';

export const ApiKeySchema = v.pipe(
  v.strictObject({
    id: v.pipe(v.string(), v.minLength(1)),
    secret: v.pipe(v.string(), v.minLength(1)),
    name: v.exactOptional(v.string()),
    /** Whether its role lets it trigger, confirm and change things. */
    canWrite: v.optional(v.boolean(), true),
  }),
  v.transform((key) => ({ name: `API key ${key.id}`, ...key })),
);

export type ApiKey = v.InferOutput<typeof ApiKeySchema>;
export type ApiKeyInput = v.InferInput<typeof ApiKeySchema>;
