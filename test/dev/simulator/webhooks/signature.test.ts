import { describe, expect, it } from 'vitest';
import { createSignatureHeaders } from '../../../../dev/simulator/webhooks/signature.ts';

const SECRET = "It's a Secret to Everybody";
const BODY = 'Hello, World!';
const SHA256 = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

describe('createSignatureHeaders()', () => {
  it('gives the known answers', () => {
    expect(createSignatureHeaders(SECRET, BODY, { fedramp: false })).toEqual({
      'X-Signature': 'sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59',
      'X-Signature-256': SHA256,
    });
  });

  it('leaves SHA-1 out for FedRAMP accounts', () => {
    expect(createSignatureHeaders(SECRET, BODY, { fedramp: true })).toEqual({
      'X-Signature-256': SHA256,
    });
  });

  it('signs with the empty key when there is no secret', () => {
    expect(createSignatureHeaders('', '', { fedramp: true })).toEqual({
      'X-Signature-256': 'sha256=b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad',
    });
  });
});
