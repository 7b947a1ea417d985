/**
 * The codec endpoint that the Temporal UI and `temporal --codec-endpoint` ask to encrypt and decrypt payloads for a
 * person. A page may call only from a named origin, also without CORS, so that no other site reads through a browser on
 * the same host. Each call leaves a line; what was in it does not.
 */
import type { PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { type Context, Hono } from 'hono';
import { bearerAuth } from 'hono/bearer-auth';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { HTTPException } from 'hono/http-exception';
import * as v from 'valibot';
import type { Log } from '../log.ts';

/** The UI sends a page of history at a time; a single payload is at most 2 MiB, base64 and all. */
const BODY_LIMIT_BYTES = 16 * 1024 * 1024;

export type CodecAppDeps = {
  readonly codec: PayloadCodec;
  readonly origins: readonly string[];
  readonly token: string | undefined;
  readonly log: Log;
};

const base64 = v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/_-]*={0,2}$/));

/** Temporal's `Payloads` as protobuf writes them in JSON, which leaves out what is empty. */
const PayloadsSchema = v.object({
  payloads: v.optional(
    v.array(
      v.object({
        metadata: v.optional(v.record(v.string(), base64), {}),
        data: v.optional(base64, ''),
      }),
    ),
    [],
  ),
});

const PayloadMessage = proto.temporal.api.common.v1.Payload;

const refusal = (error: string, message: string) => ({ error, message });

const UNAUTHORIZED = {
  message: refusal('unauthorized', 'Cannot use codec: the bearer token is missing or wrong'),
};

export function createCodecApp({ codec, origins, token, log }: CodecAppDeps): Hono {
  const app = new Hono();
  app.get('/healthz', (c) => c.json({ status: 'ok' }));

  app.use(
    cors({
      origin: [...origins],
      allowMethods: ['POST'],
      allowHeaders: ['Authorization', 'Content-Type', 'X-Namespace'],
      // Access recognises a person by a cookie.
      credentials: true,
    }),
  );
  app.use(async (c, next) => {
    const origin = c.req.header('Origin');
    if (origin === undefined || origins.includes(origin)) return next();
    log.warn({ origin, action: c.req.path.slice(1) }, 'codec refused');
    return c.json(refusal('origin-unknown', 'Cannot use codec: the page is of no known UI'), 403);
  });
  if (token !== undefined)
    app.use(
      bearerAuth({
        token,
        noAuthenticationHeader: UNAUTHORIZED,
        invalidAuthenticationHeader: UNAUTHORIZED,
        invalidToken: UNAUTHORIZED,
      }),
    );
  app.use(
    bodyLimit({
      maxSize: BODY_LIMIT_BYTES,
      onError: (c) => c.json(refusal('too-large', 'Cannot use codec: body is over the limit'), 413),
    }),
  );

  for (const action of ['encode', 'decode'] as const)
    app.post(`/${action}`, (c) => answer(c, action, codec, log));
  app.notFound((c) => c.json(refusal('not-found', 'Cannot answer: no such route'), 404));
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    log.error({ error: error.message }, 'request failed');
    return c.json(refusal('internal', 'Cannot answer: unexpected fault, see the log'), 500);
  });
  return app;
}

async function answer(c: Context, action: 'encode' | 'decode', codec: PayloadCodec, log: Log) {
  const body: unknown = await c.req.json().catch(() => null);
  const parsed = v.safeParse(PayloadsSchema, body);
  if (!parsed.success)
    return c.json(refusal('malformed', 'Cannot use codec: body holds no payloads'), 400);
  const { payloads } = parsed.output;
  const fields = { action, count: payloads.length, namespace: c.req.header('X-Namespace') };
  try {
    const given = payloads.map((payload) => PayloadMessage.fromObject(payload));
    const made = await codec[action](given);
    log.info(fields, 'codec used');
    return c.json({
      payloads: made.map((payload) =>
        PayloadMessage.toObject(PayloadMessage.fromObject(payload), { bytes: String }),
      ),
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log.warn({ ...fields, error: message }, 'codec failed');
    return c.json(refusal('undecodable', message), 422);
  }
}
