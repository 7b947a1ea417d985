/**
 * What an outlet shows when a worker died after it took a notice: the attempt is made again, with the same key. On both
 * runtimes, with models of what each outlet documents of keys.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { describe, expect, test } from 'vitest';
import { NOTIFIERS } from '../../../worker/notifiers/registry.ts';
import { type Answer, type Received, startOutlet } from './outlet.ts';

/** All outlets in one place: what is shown, by a key of its own where the outlet takes one. */
function createWorld() {
  const shown: Record<string, Set<string>> = {};
  let serial = 0;
  const show = (outlet: string, key: string = String((serial += 1))) => {
    (shown[outlet] ??= new Set()).add(key);
  };
  function answer({ method, path, headers, body }: Received): Answer {
    const [, outlet = '', rest = ''] = /^\/([^/]+)(.*)$/.exec(path) ?? [];
    const json = () => JSON.parse(body) as Record<string, string>;
    if (outlet === 'github') {
      if (rest.includes('/statuses/')) show('github', `status ${json()['context']}`);
      else if (rest.includes('/pulls'))
        return { status: 200, body: [{ number: 7, state: 'open' }] };
      else if (method === 'GET')
        return {
          status: 200,
          body: [...comments].map((text, index) => ({ id: index + 1, body: text })),
        };
      else if (method === 'POST') comments.push(json()['body'] ?? '');
      for (const index of comments.keys()) show('github', `comment ${index}`);
      return { status: method === 'PATCH' ? 200 : 201, body: {} };
    }
    if (outlet === 'pagerduty') show(outlet, json()['dedup_key']);
    else if (outlet === 'webhook') show(outlet, String(headers['webhook-id']));
    else show(outlet);
    return outlet === 'slack'
      ? { status: 200, body: { ok: true, channel: 'C0123', ts: `1700000000.00${serial}` } }
      : { status: 202, body: 'ok' };
  }
  const comments: string[] = [];
  return { shown, show, answer };
}

async function startMailServer(onMail: () => void, options: SMTPServerOptions = {}) {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    onData(stream, _session, done) {
      const read = async () => {
        await text(stream);
        onMail();
        done();
      };
      void read();
    },
    ...options,
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  return { server, port: (server.server.address() as AddressInfo).port };
}

const routesTo = (url: string, mailPort: number) => ({
  log: { to: 'log' },
  slack: { to: 'slack', channel: 'C0123', tokenFrom: 'TOKEN', apiUrl: `${url}/slack/` },
  'slack-webhook': { to: 'slack-webhook', urlFrom: 'SLACK_HOOK' },
  teams: { to: 'teams', urlFrom: 'TEAMS_HOOK' },
  pagerduty: { to: 'pagerduty', routingKeyFrom: 'PAGER', apiUrl: `${url}/pagerduty` },
  github: { to: 'github', tokenFrom: 'TOKEN', apiUrl: `${url}/github` },
  mail: {
    to: 'mail',
    from: 'temporal@example.com',
    recipients: ['ops@example.com'],
    host: 'localhost',
    port: mailPort,
    security: 'none',
  },
  webhook: { to: 'webhook', urlFrom: 'HOOK', secretFrom: 'TOKEN' },
});

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const CERTIFICATE = path('../outgoing/outlet-test.pem');

/** What {@link file://./send-by.ts} says on that runtime. */
async function sendBy(runtime: string, routes: object, times: number, env: object = {}) {
  const { stdout } = await promisify(execFile)(
    path(`../../../node_modules/.bin/${runtime}`),
    [path('send-by.ts'), JSON.stringify(routes), String(times)],
    { env: { ...process.env, NODE_EXTRA_CA_CERTS: CERTIFICATE, ...env } },
  );
  return JSON.parse(stdout) as { outcomes: Record<string, string[]>; lines: number };
}

describe.each(['node', 'bun'])('every notifier, on %s', (runtime) => {
  test('shows a notice that is sent twice once, where the outlet takes a key', async () => {
    const { shown, show, answer } = createWorld();
    await using outlet = await startOutlet(answer);
    const { server, port } = await startMailServer(() => show('mail'));
    try {
      const routes = routesTo(outlet.url, port);
      expect(Object.keys(routes)).toEqual(NOTIFIERS.map(({ name }) => name));
      const env = {
        TOKEN: 'xoxb-test',
        PAGER: 'k'.repeat(32),
        SLACK_HOOK: `${outlet.url}/slack-webhook/x`,
        TEAMS_HOOK: `${outlet.url}/teams/x`,
        HOOK: `${outlet.url}/webhook/x`,
      };
      const { outcomes, lines } = await sendBy(runtime, routes, 2, env);
      expect(outcomes).toEqual(
        Object.fromEntries(NOTIFIERS.map(({ name }) => [name, ['sent', 'sent']])),
      );
      const counts = {
        ...Object.fromEntries(Object.entries(shown).map(([name, keys]) => [name, keys.size])),
        log: lines,
      };
      // A status and a comment.
      const once = (name: string) => (name === 'github' ? 2 : 1);
      expect(counts).toEqual(
        Object.fromEntries(
          NOTIFIERS.map(({ name, deduplicates }) => [name, deduplicates ? once(name) : 2]),
        ),
      );
    } finally {
      server.close();
    }
  });

  test.each(['tls', 'starttls'] as const)(
    'mail by %s goes to an address that was checked, and has the certificate be of the name',
    async (security) => {
      let mails = 0;
      const pem = readFileSync(CERTIFICATE);
      const options = { secure: security === 'tls', disabledCommands: [], cert: pem, key: pem };
      const { server, port } = await startMailServer(() => {
        mails += 1;
      }, options);
      try {
        const to = (host: string) => ({ ...routesTo('', port).mail, host, security });
        const routes = { right: to('outlet.test'), wrong: to('other.test') };
        const { outcomes } = await sendBy(runtime, routes, 1);
        expect(outcomes['right']).toEqual(['sent']);
        expect(outcomes['wrong']?.[0]).toMatch(/^SendFailure: Cannot send: connection failed/);
        expect(mails).toBe(1);
      } finally {
        server.close();
      }
    },
  );
});
