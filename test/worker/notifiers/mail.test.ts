import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { describe, expect, test } from 'vitest';
import type { ContextChanges } from './support.ts';
import { HOSTILE_NOTICE, routeOf, RUN_NOTICE, send } from './support.ts';

type Mail = { readonly from: string; readonly to: readonly string[]; readonly raw: string };

/** A mail server on this machine, which keeps what it takes. */
async function startMailServer(options: SMTPServerOptions = {}) {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    onData(stream, { envelope }, done) {
      const keep = async () => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        mails.push({ from, to, raw: await text(stream) });
        done();
      };
      void keep();
    },
    ...options,
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const { port } = server.server.address() as AddressInfo;
  return {
    mails,
    port,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
      }),
  };
}

const routeTo = (port: number, changes: ContextChanges = {}, more: object = {}) =>
  routeOf(
    {
      to: 'mail',
      from: 'temporal@example.com',
      recipients: ['ops@example.com', 'boss@example.com'],
      host: '127.0.0.1',
      port,
      security: 'none',
      ...more,
    },
    changes,
  );

const headersOf = ({ raw }: Mail) => {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replaceAll(/\r\n[ \t]+/g, ' ');
  return head.split('\r\n').map((line): [string, string] => {
    const at = line.indexOf(':');
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
  });
};

const headerOf = (mail: Mail, name: string) =>
  headersOf(mail)
    .filter(([other]) => other === name)
    .map(([, value]) => value);

const refusing = (responseCode: number): SMTPServerOptions => ({
  onRcptTo: (_address, _session, done) => {
    done(Object.assign(new Error('victim@example.com is unknown here'), { responseCode }));
  },
});

describe('mail', () => {
  test('sends one mail to all recipients, plain text, marked as automatic', async () => {
    await using server = await startMailServer();
    expect(await send(routeTo(server.port))).toEqual({ outcome: 'sent' });
    expect(server.mails).toMatchObject([
      { from: 'temporal@example.com', to: ['ops@example.com', 'boss@example.com'] },
    ]);
    const [mail] = server.mails as [Mail];
    expect(headerOf(mail, 'subject')).toEqual([RUN_NOTICE.text]);
    expect(headerOf(mail, 'auto-submitted')).toEqual(['auto-generated']);
    expect(headerOf(mail, 'content-type').join()).toContain('text/plain');
    expect(mail.raw).toContain('Run in Spacelift');
  });

  test('has one Message-ID a key, and refers to the others of its run', async () => {
    await using server = await startMailServer();
    const route = routeTo(server.port);
    for (const key of ['a', 'a', 'b']) await send(route, { key });
    await send(route, { notice: { ...RUN_NOTICE, executionId: 'spacelift/demo/app/run/02RUN' } });
    const ids = server.mails.flatMap((mail) => headerOf(mail, 'message-id'));
    expect(ids[0]).toMatch(/^<[0-9a-f]{32}@example\.com>$/);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
    const threads = server.mails.flatMap((mail) => headerOf(mail, 'references'));
    expect(threads[2]).toBe(threads[0]);
    expect(threads[3]).not.toBe(threads[0]);
  });

  test('lets no header in from outside', async () => {
    await using server = await startMailServer();
    const notice = { ...HOSTILE_NOTICE, text: `a\r\nBcc: victim@example.com\r\n\r\nbody` };
    await send(routeTo(server.port, {}, { template: '{stackId}\n{text}' }), { notice });
    const [mail] = server.mails as [Mail];
    expect(mail.to).toEqual(['ops@example.com', 'boss@example.com']);
    expect(headerOf(mail, 'bcc')).toEqual([]);
    expect(headersOf(mail).map(([name]) => name)).not.toContain('');
  });

  test.each([
    ['550', refusing(550), { isFinal: true, reason: 'SMTP status is 550' }],
    ['450', refusing(450), { isFinal: false, reason: 'SMTP status is 450' }],
  ])('fails by the status of the server: %s', async (_, options, expected) => {
    await using server = await startMailServer(options);
    await expect(send(routeTo(server.port))).rejects.toMatchObject(expected);
  });

  test('does not send again to some what others of them refused', async () => {
    await using server = await startMailServer({
      onRcptTo: ({ address }, _session, done) => {
        done(
          address.startsWith('boss') ? Object.assign(new Error('no'), { responseCode: 550 }) : null,
        );
      },
    });
    await expect(send(routeTo(server.port))).rejects.toMatchObject({
      isFinal: true,
      reason: 'refused for 1 of the recipients',
    });
    expect(server.mails).toHaveLength(1);
  });

  test('signs in, and tells nobody the password when that fails', async () => {
    const login: SMTPServerOptions = {
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) => {
        if (username === 'bot' && password === 'pa55word') done(null, { user: username });
        else done(new Error(`wrong password ${password}`));
      },
    };
    await using server = await startMailServer(login);
    const as = (pass: string) =>
      send(routeTo(server.port, { env: { PASS: pass } }, { user: 'bot', passwordFrom: 'PASS' }));
    expect(await as('pa55word')).toEqual({ outcome: 'sent' });
    const failure = await as('wr0ng').catch((error: unknown) => error);
    expect(failure).toMatchObject({ isFinal: true, reason: 'SMTP status is 535' });
    expect(String(failure)).not.toContain('wr0ng');
  });

  test('sends nothing in the clear unless told to', async () => {
    await using server = await startMailServer();
    await expect(send(routeTo(server.port, {}, { security: 'starttls' }))).rejects.toMatchObject({
      name: 'SendFailure',
    });
    expect(server.mails).toEqual([]);
  });

  test('fails for the moment when nobody listens', async () => {
    const server = await startMailServer();
    await server[Symbol.asyncDispose]();
    await expect(send(routeTo(server.port))).rejects.toMatchObject({ isFinal: false });
  });

  test('goes only where the guard allows', async () => {
    await using server = await startMailServer();
    const { createAddressGuard } = await import('../../../worker/outgoing/address-guard.ts');
    const guard = createAddressGuard({ allowPrivate: false, allowed: [] });
    await expect(send(routeTo(server.port, { guard }))).rejects.toMatchObject({
      isFinal: true,
      reason: 'host 127.0.0.1 has an address that is not public',
    });
  });

  test('refuses addresses that are none, at start', () => {
    expect(() => routeTo(25, {}, { recipients: ['ops@example.com\r\nBcc: x@y.z'] })).toThrow(
      'route "ops", recipients.0: ',
    );
  });
});
