import { describe, expect, test } from 'vitest';
import { redact } from '../../../shared/activities/redact.ts';

describe('redact()', () => {
  test.each([
    ['ada@example.com'],
    ['ada.lovelace+ci@mail.example.co.uk'],
    ['10.0.0.1'],
    ['203.0.113.255'],
    ['2001:0db8:0000:0000:0000:ff00:0042:8329'],
    ['2001:db8:1:2:3:4:5:6'],
    ['2001:db8::1'],
    ['fe80::1ff:fe23:4567:890a'],
    ['2001:DB8::'],
    ['::1'],
  ])('takes out %s', (text) => {
    expect(redact(text)).toBe('[redacted]');
    expect(redact(`denied for ${text}, sorry`)).toBe('denied for [redacted], sorry');
    expect(redact(`${text} ${text}`)).toBe('[redacted] [redacted]');
  });

  test.each([
    'Error: resource "aws_iam_role.app" at 12:34:56 of 2025-10-09T12:34:56Z',
    'arn:aws:iam::123456789012:role/app',
    'arn:aws:s3:::bucket',
    'provider hashicorp/aws 5.31.0 in module::network',
    '@acme/infrastructure',
  ])('leaves %s alone', (text) => {
    expect(redact(text)).toBe(text);
  });

  test('copes with long text made to look like an address', () => {
    for (const text of [
      'a'.repeat(100_000),
      'a:'.repeat(50_000),
      'a.'.repeat(50_000),
      '@'.repeat(100_000),
    ])
      expect(redact(text).length).toBeLessThanOrEqual(text.length);
  });
});
