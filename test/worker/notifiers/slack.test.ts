import { describe, expect, test } from 'vitest';
import type { Notice } from '../../../shared/workflow/notice-messages.ts';
import { type Answer, type Received, startOutlet } from './outlet.ts';
import { HOSTILE_NOTICE, routeOf, RUN_NOTICE, send } from './support.ts';

const TOKEN = 'xoxb-test';

type Block = { readonly type: string; readonly text?: { text: string; verbatim: boolean } };

/** What Slack documents of the two methods, and refuses by. */
function answerOf({ method, path, headers, body }: Received): Answer {
  const refuse = (error: string): Answer => ({ status: 200, body: { ok: false, error } });
  if (method !== 'POST') return refuse('invalid_post_type');
  if (headers.authorization !== `Bearer ${TOKEN}`) return refuse('not_authed');
  const form = new URLSearchParams(body);
  if (form.get('channel') === null) return refuse('channel_not_found');
  const text = form.get('text') ?? '';
  const blocks = JSON.parse(form.get('blocks') ?? '[]') as Block[];
  if (text === '' && blocks.length === 0) return refuse('no_text');
  if (blocks.some((block) => (block.text?.text.length ?? 1) > 3000 || block.text?.text === ''))
    return refuse('invalid_blocks');
  const channel = 'C0123';
  if (path === '/api/chat.postMessage')
    return { status: 200, body: { ok: true, channel, ts: '1700000000.000100' } };
  if (path !== '/api/chat.update' || form.get('ts') === null) return refuse('unknown_method');
  return { status: 200, body: { ok: true, channel, ts: form.get('ts') } };
}

const routeTo = (url: string, template?: string) =>
  routeOf(
    {
      to: 'slack',
      channel: '#deployments',
      tokenFrom: 'SLACK_BOT_TOKEN',
      apiUrl: `${url}/api/`,
      ...(template !== undefined && { template }),
    },
    { env: { SLACK_BOT_TOKEN: TOKEN } },
  );

const seen = (received: readonly Received[]): readonly Record<string, string>[] =>
  received.map(({ path, body }) => ({
    path: path.replace('/api/', ''),
    ...Object.fromEntries(new URLSearchParams(body)),
  }));

const ERRORS: readonly [error: string, isFinal: boolean][] = [
  ['channel_not_found', true],
  ['invalid_auth', true],
  ['not_in_channel', true],
  ['ratelimited', false],
  ['internal_error', false],
];

describe('slack', () => {
  test("posts a run's first notice, and answers where it stands", async () => {
    await using outlet = await startOutlet(answerOf);
    expect(await send(routeTo(outlet.url))).toEqual({
      outcome: 'sent',
      receipt: 'C0123:1700000000.000100',
    });
    const [posted] = seen(outlet.received);
    expect(posted).toMatchObject({
      path: 'chat.postMessage',
      channel: '#deployments',
      text: RUN_NOTICE.text,
      unfurl_links: 'false',
    });
    expect(posted).not.toHaveProperty('thread_ts');
    expect(outlet.received[0]?.body).toContain(encodeURIComponent(RUN_NOTICE.url ?? ''));
  });

  test('writes over it with the next, which is a reply in its thread too', async () => {
    await using outlet = await startOutlet(answerOf);
    const receipt = 'C0123:1700000000.000100';
    const answer = await send(routeTo(outlet.url), { receipt });
    expect(answer).toEqual({ outcome: 'sent', receipt });
    expect(seen(outlet.received)).toMatchObject([
      { path: 'chat.update', channel: 'C0123', ts: '1700000000.000100', text: RUN_NOTICE.text },
      { path: 'chat.postMessage', channel: 'C0123', thread_ts: '1700000000.000100' },
    ]);
  });

  test('progress is only written over', async () => {
    await using outlet = await startOutlet(answerOf);
    const notice: Notice = { ...RUN_NOTICE, topic: 'run-progressed', state: 'PLANNING' };
    await send(routeTo(outlet.url), { notice, receipt: 'C0123:1700000000.000100' });
    expect(seen(outlet.received)).toMatchObject([{ path: 'chat.update' }]);
  });

  test('begins a thread anew when somebody has deleted its parent', async () => {
    await using outlet = await startOutlet((received) =>
      received.path === '/api/chat.update'
        ? { status: 200, body: { ok: false, error: 'message_not_found' } }
        : answerOf(received),
    );
    const answer = await send(routeTo(outlet.url), { receipt: 'C0123:1600000000.000100' });
    expect(answer.receipt).toBe('C0123:1700000000.000100');
    expect(seen(outlet.received)).toMatchObject([
      { path: 'chat.update' },
      { path: 'chat.postMessage', channel: '#deployments' },
    ]);
  });

  test('lets nothing from outside speak to Slack', async () => {
    await using outlet = await startOutlet(answerOf);
    await send(routeTo(outlet.url, '*{stackId}* {text}'), { notice: HOSTILE_NOTICE });
    const [posted] = seen(outlet.received);
    const [section] = JSON.parse(posted?.blocks ?? '[]') as Block[];
    for (const text of [posted?.text, section?.text?.text]) {
      expect(text).toMatch(/^\*&lt;!channel&gt; &lt;@U0123&gt; &amp;lt; /);
      expect(text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)|(?!\n)\p{Cc}/u);
    }
    expect(section?.text?.verbatim).toBe(true);
  });

  test.each([2999, 3000, 3001, 9000])(
    'keeps to the length of a section: %i characters',
    async (length) => {
      await using outlet = await startOutlet(answerOf);
      const notice = { ...RUN_NOTICE, text: '<'.repeat(length) };
      expect(await send(routeTo(outlet.url), { notice })).toMatchObject({ outcome: 'sent' });
      const [posted] = seen(outlet.received);
      expect(posted?.text).toMatch(/^(&lt;)+…$/);
    },
  );

  test.each(ERRORS)('fails by what Slack says: %s', async (error, isFinal) => {
    await using outlet = await startOutlet(() => ({ status: 200, body: { ok: false, error } }));
    await expect(send(routeTo(outlet.url))).rejects.toMatchObject({
      name: 'SendFailure',
      reason: `Slack answers ${error}`,
      isFinal,
    });
  });

  test('tells nothing that Slack says beyond a code', async () => {
    await using outlet = await startOutlet(() => ({
      status: 200,
      body: { ok: false, error: `token ${TOKEN} is wrong` },
    }));
    await expect(send(routeTo(outlet.url))).rejects.toMatchObject({
      reason: 'Slack answers an error',
    });
  });

  test('wants its token at start', () => {
    expect(() => routeOf({ to: 'slack', channel: 'C0123', tokenFrom: 'SLACK_BOT_TOKEN' })).toThrow(
      'Cannot use routes: route "ops", tokenFrom: environment variable SLACK_BOT_TOKEN is not set',
    );
  });
});

describe('slack-webhook', () => {
  const routeToHook = (url: string) =>
    routeOf({ to: 'slack-webhook', urlFrom: 'HOOK' }, { env: { HOOK: `${url}/services/T/B/x` } });

  test('posts JSON with the same blocks', async () => {
    await using outlet = await startOutlet(({ headers, body }) => {
      const isJson = headers['content-type'] === 'application/json';
      const { text } = JSON.parse(body) as { text?: string };
      return isJson && text !== undefined
        ? { status: 200, body: 'ok' }
        : { status: 400, body: 'invalid_payload' };
    });
    expect(await send(routeToHook(outlet.url))).toEqual({ outcome: 'sent' });
    expect(outlet.received[0]).toMatchObject({ method: 'POST', path: '/services/T/B/x' });
    expect(JSON.parse(outlet.received[0]?.body ?? '')).toMatchObject({
      text: RUN_NOTICE.text,
      blocks: [{ type: 'section' }, { type: 'context' }],
    });
  });

  test('lets nothing from outside speak to Slack', async () => {
    await using outlet = await startOutlet();
    await send(routeToHook(outlet.url), { notice: HOSTILE_NOTICE });
    const { text } = JSON.parse(outlet.received[0]?.body ?? '') as { text: string };
    expect(text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
  });

  test.each([
    ['no URL', 'hooks'],
    ['another scheme', 'file:///etc/passwd'],
  ])('refuses a variable that holds %s, at start', (_, HOOK) => {
    expect(() => routeOf({ to: 'slack-webhook', urlFrom: 'HOOK' }, { env: { HOOK } })).toThrow(
      'route "ops", urlFrom: environment variable HOOK holds no http or https URL',
    );
  });
});
