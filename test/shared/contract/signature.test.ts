import { describe, expect, test } from 'vitest';
import {
  BATCH_TOLERANCE_MS,
  signBatch,
  verifyBatch,
} from '../../../shared/contract/batch-signature.ts';
import { sha256Hex, signHmac, toHex, utf8 } from '../../../shared/contract/hmac.ts';
import { verifySpaceliftSignature } from '../../../shared/contract/spacelift-signature.ts';

const NOW = 1_760_000_000_000;

const current = (secret: string) => ({ label: 'current' as const, secret });
const previous = (secret: string) => ({ label: 'previous' as const, secret });

describe('signHmac()', () => {
  const fromHex = (hex: string) =>
    Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

  // RFC 4231, test cases 1 to 4, 6 and 7.
  test.each([
    [
      '0b'.repeat(20),
      '4869205468657265',
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    ],
    [
      '4a656665',
      '7768617420646f2079612077616e7420666f72206e6f7468696e673f',
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [
      'aa'.repeat(20),
      'dd'.repeat(50),
      '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
    ],
    [
      '0102030405060708090a0b0c0d0e0f10111213141516171819',
      'cd'.repeat(50),
      '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
    ],
    [
      'aa'.repeat(131),
      toHex(utf8('Test Using Larger Than Block-Size Key - Hash Key First')),
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    ],
    [
      'aa'.repeat(131),
      toHex(
        utf8(
          'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
        ),
      ),
      '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
    ],
  ])('signHmac() agrees with RFC 4231 (%#)', async (secret, message, mac) => {
    expect(toHex(await signHmac(fromHex(secret), fromHex(message)))).toBe(mac);
  });

  test('sha256Hex() hashes the empty body', async () => {
    expect(await sha256Hex(new Uint8Array())).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });
});

describe('verifySpaceliftSignature()', () => {
  const body = utf8('Hello, World!');
  const secret = "It's a Secret to Everybody";
  const mac = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

  test('verifySpaceliftSignature() accepts the published example', async () => {
    const verified = await verifySpaceliftSignature(body, `sha256=${mac}`, [current(secret)]);
    expect(verified).toEqual({ ok: true, value: 'current' });
  });

  test.each([
    ['current', [current(secret), previous('old')]],
    ['previous', [current('new'), previous(secret)]],
    ['current', [current(secret), previous(secret)]],
  ])('verifySpaceliftSignature() tells that the %s secret matched', async (label, secrets) => {
    expect(await verifySpaceliftSignature(body, `sha256=${mac}`, secrets)).toEqual({
      ok: true,
      value: label,
    });
  });

  test.each([
    ['signature-missing', null],
    ['signature-malformed', ''],
    ['signature-malformed', mac],
    ['signature-malformed', `SHA256=${mac}`],
    ['signature-malformed', `sha256=${mac.toUpperCase()}`],
    ['signature-malformed', `sha256=${mac.slice(1)}`],
    ['signature-malformed', `sha256=${mac}0`],
    ['signature-malformed', ` sha256=${mac}`],
    ['signature-malformed', `sha256=${mac}\n`],
    ['signature-malformed', `sha256=${mac}, sha256=${mac}`],
    ['signature-malformed', `sha256=${mac.slice(2)}zz`],
    ['signature-malformed', 'sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59'],
    ['signature-wrong', `sha256=${'0'.repeat(64)}`],
    ['signature-wrong', `sha256=${mac.slice(0, -1)}8`],
  ])('verifySpaceliftSignature() refuses with %s: %j', async (fault, header) => {
    expect(await verifySpaceliftSignature(body, header, [current(secret)])).toEqual({
      ok: false,
      error: fault,
    });
  });

  test('verifySpaceliftSignature() refuses another body and another secret', async () => {
    const wrong = { ok: false, error: 'signature-wrong' };
    expect(
      await verifySpaceliftSignature(utf8('Hello, World'), `sha256=${mac}`, [current(secret)]),
    ).toEqual(wrong);
    expect(await verifySpaceliftSignature(body, `sha256=${mac}`, [current('other')])).toEqual(
      wrong,
    );
  });
});

describe('verifyBatch()', () => {
  const body = '[{"specversion":"1.0"}]';
  const absent = { 'webhook-id': null, 'webhook-timestamp': null, 'webhook-signature': null };

  test('signBatch() agrees with the example of the Standard Webhooks libraries', async () => {
    const headers = await signBatch(
      '{"test": 2432232314}',
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1_614_265_330_000,
      ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    );
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test.each([
    [['a'], ['a']],
    [['a', 'b'], ['b']],
    [['b'], ['a', 'b']],
    [['whsec_AAAA'], ['whsec_AAAA']],
    [['whsec_not base64!'], ['whsec_not base64!']],
  ])('verifyBatch() accepts what %j signed with %j', async (signing, verifying) => {
    const headers = await signBatch(body, 'id', NOW, signing);
    expect(await verifyBatch(body, headers, NOW, verifying)).toEqual({ ok: true, value: true });
  });

  test.each([
    ['at the tolerance', BATCH_TOLERANCE_MS, true],
    ['past the tolerance', BATCH_TOLERANCE_MS + 1, false],
    ['at the tolerance before', -BATCH_TOLERANCE_MS, true],
    ['past the tolerance before', -BATCH_TOLERANCE_MS - 1, false],
  ])('verifyBatch() judges a timestamp %s', async (_, later, ok) => {
    const headers = await signBatch(body, 'id', NOW, ['a']);
    const verified = await verifyBatch(body, headers, NOW + later, ['a']);
    expect(verified).toEqual(
      ok ? { ok, value: true } : { ok, error: 'timestamp-outside-tolerance' },
    );
  });

  test('verifyBatch() refuses every change of body, id, time or signature by its reason', async () => {
    const headers = await signBatch(body, 'id', NOW, ['a']);
    const check = async (change: Partial<typeof absent> & object, text = body) => {
      const verified = await verifyBatch(text, { ...headers, ...change }, NOW, ['a']);
      return verified.ok ? 'accepted' : verified.error;
    };
    expect(await check({})).toBe('accepted');
    expect(await check({}, `${body} `)).toBe('signature-wrong');
    expect(await check({ 'webhook-id': 'other' } as object)).toBe('signature-wrong');
    expect(await check({ 'webhook-timestamp': String(NOW / 1000 + 1) } as object)).toBe(
      'signature-wrong',
    );
    expect(await check({ 'webhook-timestamp': 'now' } as object)).toBe('signature-malformed');
    expect(await check({ 'webhook-signature': 'v2,AAAA' } as object)).toBe('signature-malformed');
    expect(await check({ 'webhook-signature': 'v1,?' } as object)).toBe('signature-malformed');
    expect(await check({ 'webhook-signature': 'v1,AAAA' } as object)).toBe('signature-wrong');
    for (const name of Object.keys(absent))
      expect(await check({ [name]: null })).toBe('signature-missing');
  });
});
