import { describe, expect, test } from 'vitest';
import { createAddressGuard } from '../../../worker/outgoing/address-guard.ts';

const guardOf = (
  addresses: readonly string[],
  { allowPrivate = false, allowed = [] }: { allowPrivate?: boolean; allowed?: string[] } = {},
) =>
  createAddressGuard({
    allowPrivate,
    allowed,
    resolve: async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  });

const NOT_PUBLIC = [
  '127.0.0.1',
  '127.255.0.9',
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  'fe80::1',
  'fc00::1',
  'fd12:3456::1',
  'ff02::1',
  '::ffff:127.0.0.1',
  '::ffff:10.0.0.1',
  '::ffff:a9fe:a9fe',
  '64:ff9b::a00:1',
  '2002:7f00:1::',
];

const PUBLIC = ['93.184.216.34', '172.32.0.1', '2606:4700::1111', '::ffff:93.184.216.34'];

describe('createAddressGuard()', () => {
  test.each(NOT_PUBLIC)(
    'refuses a host that has %s, by the name of the host alone',
    async (address) => {
      await expect(guardOf([address])('hooks.example.com')).rejects.toMatchObject({
        name: 'SendFailure',
        isFinal: true,
        reason: 'host hooks.example.com has an address that is not public',
      });
    },
  );

  test.each(NOT_PUBLIC)('refuses %s written in place of a name', async (address) => {
    const host = new URL(address.includes(':') ? `http://[${address}]` : `http://${address}`)
      .hostname;
    await expect(guardOf(['93.184.216.34'])(host)).rejects.toMatchObject({ isFinal: true });
  });

  test.each(PUBLIC)('takes %s', async (address) => {
    expect(await guardOf([address])('hooks.example.com')).toMatchObject([{ address }]);
  });

  test('refuses a host of which one address of several is not public', async () => {
    await expect(guardOf(['93.184.216.34', '10.0.0.1'])('h.example')).rejects.toThrow('not public');
  });

  test('takes anything where private addresses are allowed', async () => {
    expect(await guardOf(['10.0.0.1'], { allowPrivate: true })('h.example')).toHaveLength(1);
  });

  test('takes a host that is allowed by name, and no other', async () => {
    const guard = guardOf(['10.0.0.1'], { allowed: ['Chat.internal'] });
    expect(await guard('chat.internal')).toHaveLength(1);
    expect(await guard('CHAT.internal.')).toHaveLength(1);
    await expect(guard('evil.chat.internal')).rejects.toThrow('not public');
  });

  test.each([
    ['10.1.2.3', '10.1.0.0/16', true],
    ['10.2.0.1', '10.1.0.0/16', false],
    ['::ffff:10.1.2.3', '10.1.0.0/16', true],
    ['fd00::1', 'fd00::/8', true],
    ['fe80::1', 'fd00::/8', false],
  ])('%s by the network %s: %s', async (address, network, isAllowed) => {
    const asked = guardOf([address], { allowed: [network] })('h.example');
    if (isAllowed) expect(await asked).toHaveLength(1);
    else await expect(asked).rejects.toThrow('not public');
  });

  test.each([
    ['fails', () => Promise.reject(new Error('ENOTFOUND'))],
    ['finds nothing', () => Promise.resolve([])],
  ])('tries again later when resolving %s', async (_, resolve) => {
    const guard = createAddressGuard({ allowPrivate: false, allowed: [], resolve });
    await expect(guard('h.example')).rejects.toMatchObject({
      isFinal: false,
      reason: 'host h.example has no address',
    });
  });
});
