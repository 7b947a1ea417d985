import { describe, expect, test } from 'vitest';
import { withCause } from '../../../shared/workflow/cause.ts';
import { intentKeyOf, toRunMetadata } from '../../../shared/workflow/run-metadata.ts';

describe('intentKeyOf()', () => {
  test.each(['key.deploy-7', 'body.0123456789abcdef.42', 'key.%20:x'])('reads back %s', (key) => {
    expect(intentKeyOf([toRunMetadata(key)])).toBe(key);
    expect(intentKeyOf([withCause(toRunMetadata(key), ['network', 'database'])])).toBe(key);
  });

  test('takes the last text of ours, whatever others wrote', () => {
    const texts = [toRunMetadata('key.1'), 'ticket 7', toRunMetadata('key.2'), 'by ada'];
    expect(intentKeyOf(texts)).toBe('key.2');
  });

  test.each([
    [[]],
    [['ticket 7']],
    [['spacelift-temporal/']],
    [['x spacelift-temporal/key.1']],
    [['spacelift-temporal/key 1']],
  ])('knows none of ours in %j', (texts) => {
    expect(intentKeyOf(texts)).toBeNull();
  });
});
