import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import type { Notice } from '../../../shared/workflow/notice-messages.ts';
import { startOutlet } from './outlet.ts';
import { HOSTILE_NOTICE, routeOf, RUN_NOTICE, send } from './support.ts';

type Card = {
  readonly type: string;
  readonly version: string;
  readonly body: readonly { type: string; inlines: readonly { type: string; text: string }[] }[];
  readonly actions: readonly { type: string; url: string }[];
};

describe('teams', () => {
  const ask = async (notice: Notice, template?: string) => {
    await using outlet = await startOutlet(() => ({ status: 202 }));
    const route = routeOf(
      { to: 'teams', urlFrom: 'FLOW', ...(template !== undefined && { template }) },
      { env: { FLOW: `${outlet.url}/workflows/1/triggers/manual/paths/invoke?sig=x` } },
    );
    expect(await send(route, { notice })).toEqual({ outcome: 'sent' });
    const body = outlet.received[0]?.body ?? '';
    expect(outlet.received[0]?.headers['content-type']).toBe('application/json');
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(28 * 1024);
    const { type, attachments } = JSON.parse(body) as {
      type: string;
      attachments: { contentType: string; content: Card }[];
    };
    expect(type).toBe('message');
    expect(attachments).toHaveLength(1);
    expect(attachments[0]?.contentType).toBe('application/vnd.microsoft.card.adaptive');
    const card = attachments[0]?.content as Card;
    expect(card).toMatchObject({ type: 'AdaptiveCard', version: '1.4' });
    return card;
  };

  test('sends one Adaptive Card with links to run and execution', async () => {
    const { body, actions } = await ask(RUN_NOTICE);
    expect(body).toMatchObject([
      { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: RUN_NOTICE.text }] },
    ]);
    expect(actions).toEqual([
      { type: 'Action.OpenUrl', title: 'Run in Spacelift', url: RUN_NOTICE.url },
      {
        type: 'Action.OpenUrl',
        title: 'Execution in Temporal',
        url: expect.stringContaining('https://temporal.example.com/') as string,
      },
    ]);
  });

  test('has text from outside only where Teams reads no Markdown', async () => {
    const { body } = await ask(HOSTILE_NOTICE, '{stackId}\n{text}');
    expect(new Set(body.map(({ type }) => type))).toEqual(new Set(['RichTextBlock']));
    expect(body).toHaveLength(body.flatMap(({ inlines }) => inlines).length);
    expect(body[0]?.inlines[0]?.text).not.toMatch(/\p{Cc}/u);
  });

  test('opens no page but a web page', async () => {
    const { actions } = await ask({ ...RUN_NOTICE, url: 'javascript:alert(1)' });
    expect(actions.map(({ url }) => new URL(url).protocol)).toEqual(['https:']);
  });

  test.each([
    ['characters of four bytes', '🚀'],
    ['characters that JSON escapes', '"'],
    ['lines', 'x\n'],
  ])('keeps to 28 KB with %s', async (_, character) => {
    await ask({ ...RUN_NOTICE, text: character.repeat(20_000) });
  });
});

describe('webhook', () => {
  const SECRET = `whsec_${Buffer.from('0123456789abcdef01234567').toString('base64')}`;
  const PREVIOUS = `whsec_${Buffer.from('fedcba9876543210fedcba98').toString('base64')}`;

  const routeTo = (url: string) =>
    routeOf(
      { to: 'webhook', urlFrom: 'HOOK', secretFrom: 'NEW', previousSecretFrom: 'OLD' },
      { env: { HOOK: url, NEW: SECRET, OLD: PREVIOUS } },
    );

  test.each([
    ['the secret', SECRET],
    ['the one before', PREVIOUS],
  ])('is verified by the library of Standard Webhooks with %s', async (_, secret) => {
    await using outlet = await startOutlet();
    await send(routeTo(outlet.url), { notice: HOSTILE_NOTICE });
    const { body, headers } = outlet.received[0] ?? { body: '', headers: {} };
    const verified = new Webhook(secret).verify(body, headers as Record<string, string>);
    expect(verified).toMatchObject({
      type: 'notice.run-failed',
      data: { account: 'demo', stackId: HOSTILE_NOTICE.stackId },
    });
    expect(() => new Webhook(secret).verify(`${body} `, headers as never)).toThrow();
  });

  test('has the same id for every attempt of a key, and another for another', async () => {
    await using outlet = await startOutlet();
    const route = routeTo(outlet.url);
    for (const key of ['a', 'a', 'b']) await send(route, { key });
    const [first, again, other] = outlet.received.map(({ headers }) => headers['webhook-id']);
    expect(first).toMatch(/^msg_[0-9a-f]{32}$/);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });
});
