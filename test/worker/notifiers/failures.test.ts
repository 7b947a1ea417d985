/** What the outlets over HTTP have in common: which failures are final, which pass and when, and what is told of them. */
import { describe, expect, test } from 'vitest';
import { SendFailure } from '../../../shared/activities/notice-activities.ts';
import type { RouteInput } from '../../../worker/notifiers/routes.ts';
import { type Answer, startOutlet } from './outlet.ts';
import { routeOf, send } from './support.ts';

const SECRET = 'T0KEN-that-nobody-may-see';

/** How each is pointed at an outlet of the test. */
const OUTLETS: Readonly<Record<string, (url: string) => [RouteInput, Record<string, string>]>> = {
  slack: (url) => [
    { to: 'slack', channel: 'C0123', tokenFrom: 'TOKEN', apiUrl: `${url}/api/` },
    { TOKEN: SECRET },
  ],
  'slack-webhook': (url) => [
    { to: 'slack-webhook', urlFrom: 'URL' },
    { URL: `${url}/services/${SECRET}` },
  ],
  teams: (url) => [{ to: 'teams', urlFrom: 'URL' }, { URL: `${url}/workflows/${SECRET}` }],
  pagerduty: (url) => [
    { to: 'pagerduty', routingKeyFrom: 'KEY', apiUrl: url },
    { KEY: 'k'.repeat(32) },
  ],
  github: (url) => [{ to: 'github', tokenFrom: 'TOKEN', apiUrl: url }, { TOKEN: SECRET }],
  webhook: (url) => [
    { to: 'webhook', urlFrom: 'URL', secretFrom: 'SECRET' },
    { URL: `${url}/${SECRET}`, SECRET },
  ],
};

async function failureOf(name: string, url: string): Promise<SendFailure> {
  const outlet = OUTLETS[name];
  if (outlet === undefined) throw new Error('Cannot test: no such outlet');
  const [input, env] = outlet(url);
  const failure: unknown = await send(routeOf(input, { env })).then(
    () => null,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(SendFailure);
  expect(JSON.stringify(failure) + String(failure)).not.toContain(SECRET);
  return failure as SendFailure;
}

const ANSWERS: readonly [what: string, answer: Answer | 'never', expected: object][] = [
  ['400', { status: 400, body: SECRET }, { isFinal: true, reason: 'status is 400' }],
  ['401', { status: 401 }, { isFinal: true, reason: 'status is 401' }],
  ['403', { status: 403 }, { isFinal: true }],
  ['404', { status: 404 }, { isFinal: true }],
  ['410', { status: 410 }, { isFinal: true }],
  [
    'a redirect',
    { status: 302, headers: { location: '/elsewhere' } },
    { isFinal: true, reason: 'status is 302, and redirects are not followed' },
  ],
  ['408', { status: 408 }, { isFinal: false }],
  [
    '429 with a time',
    { status: 429, headers: { 'retry-after': '7' } },
    { isFinal: false, retryAfterMs: 7000 },
  ],
  ['429 without', { status: 429 }, { isFinal: false, retryAfterMs: undefined }],
  [
    '403 with a time, which is a limit',
    { status: 403, headers: { 'retry-after': '60' } },
    { isFinal: false, retryAfterMs: 60_000 },
  ],
  ['500', { status: 500, body: SECRET }, { isFinal: false, reason: 'status is 500' }],
  [
    '503 with a time',
    { status: 503, headers: { 'retry-after': '2' } },
    { isFinal: false, retryAfterMs: 2000 },
  ],
  ['no answer', 'never', { isFinal: false, reason: 'no answer within the deadline' }],
];

describe.each(Object.keys(OUTLETS))('%s', (name) => {
  test.each(ANSWERS)('fails by what the outlet answers: %s', async (_, answer, expected) => {
    await using outlet = await startOutlet(() => answer);
    expect(await failureOf(name, outlet.url)).toMatchObject(expected);
    expect(outlet.received).toHaveLength(1);
  });

  test('fails for the moment when nobody listens', async () => {
    const outlet = await startOutlet();
    await outlet[Symbol.asyncDispose]();
    const { isFinal, reason } = await failureOf(name, outlet.url);
    expect(isFinal).toBe(false);
    expect(reason).toMatch(/^connection failed \(\w+\)$/);
  });
});
