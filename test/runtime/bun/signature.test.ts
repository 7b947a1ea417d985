import { describe, expect, test } from 'bun:test';
import { signBatch, verifyBatch } from '../../../shared/contract/batch-signature.ts';
import { utf8 } from '../../../shared/contract/hmac.ts';
import { verifySpaceliftSignature } from '../../../shared/contract/spacelift-signature.ts';

describe('verifySpaceliftSignature()', () => {
  /** GitHub's documentation, whose scheme Spacelift's is. */
  const BODY = utf8('Hello, World!');
  const SECRET = "It's a Secret to Everybody";
  const SIGNATURE = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  const secrets = [{ label: 'current', secret: SECRET }] as const;

  test('accepts the known answer', async () => {
    expect(await verifySpaceliftSignature(BODY, SIGNATURE, secrets)).toEqual({
      ok: true,
      value: 'current',
    });
  });

  test('tells which of two secrets it was', async () => {
    const rotated = [
      { label: 'current', secret: 'new' },
      { label: 'previous', secret: SECRET },
    ] as const;
    expect(await verifySpaceliftSignature(BODY, SIGNATURE, rotated)).toEqual({
      ok: true,
      value: 'previous',
    });
  });

  test.each([
    [null, 'signature-missing'],
    ['', 'signature-malformed'],
    [SIGNATURE.toUpperCase(), 'signature-malformed'],
    [SIGNATURE.slice('sha256='.length), 'signature-malformed'],
    [`${SIGNATURE} `, 'signature-malformed'],
    [SIGNATURE.replace(/7$/, '8'), 'signature-wrong'],
  ])('refuses %j as %s', async (header, error) => {
    expect(await verifySpaceliftSignature(BODY, header, secrets)).toEqual({
      ok: false,
      error: error as 'signature-wrong',
    });
  });

  test('refuses another body', async () => {
    expect(await verifySpaceliftSignature(utf8('Hello, World'), SIGNATURE, secrets)).toEqual({
      ok: false,
      error: 'signature-wrong',
    });
  });
});

describe('signBatch() and verifyBatch()', () => {
  /** The vector of the Standard Webhooks libraries. */
  const BODY = '{"test": 2432232314}';
  const SECRETS = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'];
  const SENT_AT = 1_614_265_330_000;
  const HEADERS = {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  };

  test('make the known answer', async () => {
    expect(await signBatch(BODY, HEADERS['webhook-id'], SENT_AT, SECRETS)).toEqual(HEADERS);
  });

  test('accept the known answer, and nothing next to it', async () => {
    expect((await verifyBatch(BODY, HEADERS, SENT_AT, SECRETS)).ok).toBe(true);
    expect(await verifyBatch(`${BODY} `, HEADERS, SENT_AT, SECRETS)).toEqual({
      ok: false,
      error: 'signature-wrong',
    });
    expect(await verifyBatch(BODY, HEADERS, SENT_AT + 301_000, SECRETS)).toEqual({
      ok: false,
      error: 'timestamp-outside-tolerance',
    });
  });
});
