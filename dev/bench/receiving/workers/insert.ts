/**
 * Row c: the least that a Durable Object can do to keep a body: one row, one table, no alarm. It believes the sender
 * about the stack and takes the signature for a key, so that it need not look into the body. The measure for row d.
 */
import { DurableObject } from 'cloudflare:workers';
import { STACK_HEADER } from '../headers.ts';

const RECEIPT = { deliveryId: '00000000-0000-4000-8000-000000000000', status: 'accepted' };

export class Rows extends DurableObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    ctx.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS rows (key TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID',
    );
  }

  insert(key: string, body: ArrayBuffer): void {
    this.ctx.storage.sql.exec('INSERT OR IGNORE INTO rows VALUES (?, ?)', key, body);
  }
}

export default {
  async fetch(
    request: Request,
    env: { readonly ROWS: DurableObjectNamespace<Rows> },
  ): Promise<Response> {
    const stack = request.headers.get(STACK_HEADER);
    const key = request.headers.get('X-Signature-256');
    if (stack === null || key === null) return new Response(null, { status: 400 });
    await env.ROWS.getByName(stack).insert(key, await request.arrayBuffer());
    return Response.json(RECEIPT, { status: 202 });
  },
};
