/** Reads the JSON body of a control request against its schema. */
import type { Context } from 'hono';
import * as v from 'valibot';

/** A request that cannot be met; its message is for whoever sent it. */
export class RequestFault extends Error {
  readonly status: 400 | 404 | 409;

  constructor(status: 400 | 404 | 409, message: string) {
    super(message);
    this.name = 'RequestFault';
    this.status = status;
  }
}

/** An empty body stands for `{}`; `intent` begins the message of a refusal. */
export async function readBody<Schema extends v.GenericSchema>(
  c: Context,
  schema: Schema,
  intent: string,
): Promise<v.InferOutput<Schema>> {
  const text = await c.req.text();
  const parsed = v.safeParse(schema, parseJson(text === '' ? '{}' : text, intent));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const path = v.getDotPath(issue);
  throw new RequestFault(400, `${intent}: ${path === null ? '' : `${path}: `}${issue.message}`);
}

function parseJson(text: string, intent: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestFault(400, `${intent}: body is not JSON`);
  }
}
