import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'bun:test';
import { deliveryKeyOf } from '../../../shared/contract/keys.ts';
import { parseBody, parsePayload } from '../../../shared/contract/parse.ts';

const FOLDER = new URL('../../fixtures/payloads/', import.meta.url);
const CONTEXT = { account: 'acme', bodyHash: 'ab'.repeat(32), receivedAt: 1_760_000_000_000 };

const read = (name: string) => new Uint8Array(readFileSync(new URL(name, FOLDER)));

describe('parseBody()', () => {
  test('reads the run payload of the documentation', () => {
    const parsed = parseBody(read('docs-default-run-finished.json'), CONTEXT);
    if (!parsed.ok) throw new Error(`Cannot parse fixture: ${parsed.error.reason}`);
    expect(parsed.value).toMatchObject({
      about: 'run',
      type: 'completed',
      account: 'spacelift-io',
      stackId: 'spacelift-demo',
      runId: '01EF9PFPNFFM2MQXTJKHK1B869',
      state: 'FINISHED',
      stateVersion: 4,
      occurredAt: 1_596_979_684_000,
      runType: 'TRACKED',
      triggeredBy: { kind: 'other' },
    });
    expect(deliveryKeyOf(parsed.value, CONTEXT).key).toBe(
      'run/spacelift-io/01EF9PFPNFFM2MQXTJKHK1B869/FINISHED/exact.4',
    );
    expect(JSON.stringify(parsed.value)).not.toMatch(/marcin/i);
  });

  test('reads the internal error of the documentation', () => {
    expect(parseBody(read('docs-internal-error.json'), CONTEXT)).toMatchObject({
      ok: true,
      value: { about: 'account', type: 'internal_error' },
    });
  });

  test('says of every payload of the documentation what it is, and throws at none', () => {
    const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      const parsed = parseBody(read(name), CONTEXT);
      expect(parsed).toEqual(
        parsePayload(JSON.parse(new TextDecoder().decode(read(name))), CONTEXT),
      );
    }
  });

  test.each([
    [new Uint8Array([0xff, 0xfe]), 'body-not-utf8'],
    [new Uint8Array([0xc3, 0x28]), 'body-not-utf8'],
    [new TextEncoder().encode('{'), 'body-not-json'],
    [new Uint8Array(), 'body-not-json'],
    [new TextEncoder().encode('[]'), 'shape-unknown'],
  ])('keeps %p as %s', (bytes, reason) => {
    expect(parseBody(bytes, CONTEXT)).toMatchObject({ ok: false, error: { reason } });
  });

  test('does not run out of stack on what is nested 60,000 deep', () => {
    const deep = '['.repeat(60_000) + ']'.repeat(60_000);
    expect(parseBody(new TextEncoder().encode(deep), CONTEXT)).toMatchObject({ ok: false });
    const audit = `{"action":"stack.create","actor":"api::KEY","data":${deep}}`;
    expect(parseBody(new TextEncoder().encode(audit), CONTEXT)).toMatchObject({
      ok: true,
      value: { about: 'audit', actor: { kind: 'api-key', keyId: 'KEY' } },
    });
  });
});
