import { describe, expect, test } from 'vitest';
import type { Notice, NoticeTopic } from '../../../shared/workflow/notice-messages.ts';
import type { TrackedRun } from '../../../worker/notifiers/definition.ts';
import { type Answer, type Received, startOutlet } from './outlet.ts';
import { HOSTILE_NOTICE, routeOf, RUN_NOTICE, send } from './support.ts';

type Comment = { readonly id: number; readonly body: string };

/** A repository with open pull requests, which refuses what GitHub's API documents as invalid. */
function createRepository(pulls: readonly { number: number; state: string }[]) {
  const statuses: Record<string, string>[] = [];
  const comments = new Map<number, Comment[]>(pulls.map(({ number }) => [number, []]));
  let id = 0;
  const invalid: Answer = { status: 422, body: { message: 'Validation Failed' } };

  function answer({ method, path, headers, body }: Received): Answer {
    if (headers.authorization !== 'Bearer ghs_test') return { status: 401, body: {} };
    if (headers['user-agent'] === undefined) return { status: 403, body: {} };
    const url = new URL(path, 'http://api.test');
    const [, repository, rest = ''] = /^\/repos\/([^/]+\/[^/]+)\/(.*)$/.exec(url.pathname) ?? [];
    if (repository !== 'acme/infra') return { status: 404, body: {} };
    const asked = body === '' ? {} : (JSON.parse(body) as Record<string, string>);
    const what = `${method} ${rest}`;
    if (/^POST statuses\/[0-9a-f]{40}$/.test(what)) {
      const { state = '', description = '', context = '', target_url: target = 'https:' } = asked;
      if (!['error', 'failure', 'pending', 'success'].includes(state)) return invalid;
      if (description.length > 140 || context.length > 255 || !/^https?:/.test(target))
        return invalid;
      statuses.push(asked);
      return { status: 201, body: {} };
    }
    if (/^GET commits\/[0-9a-f]{40}\/pulls$/.test(what)) return { status: 200, body: pulls };
    const [, issue] = /^(?:GET|POST) issues\/(\d+)\/comments$/.exec(what) ?? [];
    if ((asked['body'] ?? '').length > 65_536) return invalid;
    if (issue !== undefined) {
      const there = comments.get(Number(issue)) ?? [];
      if (method === 'GET') {
        const [size, page] = ['per_page', 'page'].map((name) => Number(url.searchParams.get(name)));
        const from = ((page ?? 1) - 1) * (size ?? 30);
        return { status: 200, body: there.slice(from, from + (size ?? 30)) };
      }
      id += 1;
      there.push({ id, body: asked['body'] ?? '' });
      return { status: 201, body: { id } };
    }
    const [, edited] = /^PATCH issues\/comments\/(\d+)$/.exec(what) ?? [];
    for (const there of comments.values()) {
      const index = there.findIndex((comment) => comment.id === Number(edited));
      if (index >= 0) there[index] = { id: Number(edited), body: asked['body'] ?? '' };
    }
    return { status: edited === undefined ? 404 : 200, body: {} };
  }
  return { answer, statuses, comments };
}

const PULLS = [
  { number: 7, state: 'open' },
  { number: 5, state: 'closed' },
];

const routeTo = (
  url: string,
  latest: TrackedRun | null = null,
  options: { comment?: boolean; status?: boolean } = {},
) =>
  routeOf(
    { to: 'github', tokenFrom: 'GITHUB', apiUrl: url, ...options },
    { env: { GITHUB: 'ghs_test' }, latestTrackedRun: async () => latest },
  );

const of = (topic: NoticeTopic, changes: Partial<Notice> = {}): Notice => ({
  ...RUN_NOTICE,
  topic,
  ...changes,
});

const SPAM: readonly Comment[] = Array.from({ length: 100 }, (_, index) => ({
  id: 1000 + index,
  body: `comment ${index}`,
}));

describe('github', () => {
  test('writes a status on the commit and a comment on each open pull request', async () => {
    const { answer, statuses, comments } = createRepository(PULLS);
    await using outlet = await startOutlet(answer);
    expect(await send(routeTo(outlet.url))).toEqual({ outcome: 'sent' });
    expect(statuses).toEqual([
      {
        state: 'failure',
        context: 'temporal/app',
        description: RUN_NOTICE.text,
        target_url: RUN_NOTICE.url,
      },
    ]);
    expect(comments.get(5)).toEqual([]);
    expect(comments.get(7)).toMatchObject([
      { body: expect.stringContaining(`\`${RUN_NOTICE.text}\``) as string },
    ]);
    expect(comments.get(7)?.[0]?.body).toContain(`[Run in Spacelift](${RUN_NOTICE.url})`);
  });

  test.each([
    ['run-progressed', 'pending'],
    ['run-waiting', 'pending'],
    ['run-completed', 'success'],
    ['run-failed', 'failure'],
    ['run-ended', 'error'],
  ] as const)('%s is %s', async (topic, state) => {
    const { answer, statuses } = createRepository([]);
    await using outlet = await startOutlet(answer);
    await send(routeTo(outlet.url), { notice: of(topic) });
    expect(statuses).toMatchObject([{ state }]);
  });

  test('has one comment a stack, written over, wherever it stands among many', async () => {
    const { answer, comments } = createRepository(PULLS);
    comments.get(7)?.push(...SPAM);
    await using outlet = await startOutlet(answer);
    const route = routeTo(outlet.url);
    await send(route, { notice: of('run-waiting') });
    await send(route, { notice: of('run-failed') });
    await send(route, { notice: of('run-failed') });
    await send(route, { notice: of('run-failed', { stackId: 'other' }) });
    expect(comments.get(7)?.slice(0, 100)).toEqual(SPAM);
    expect(comments.get(7)).toHaveLength(102);
  });

  test('writes over no comment that only looks like its own', async () => {
    const { answer, comments } = createRepository(PULLS);
    await using outlet = await startOutlet(answer);
    const route = routeTo(outlet.url);
    await send(route);
    const body = comments.get(7)?.[0]?.body ?? '';
    const quoted = { id: 2000, body: `> ${body}` };
    const copied = { id: 2001, body };
    comments.get(7)?.push(quoted, copied);
    await send(route, { notice: of('run-completed', { text: 'later' }) });
    expect(comments.get(7)?.slice(1)).toEqual([quoted, copied]);
    expect(comments.get(7)?.[0]?.body).toContain('later');
    expect(body).not.toContain('app -->');
  });

  test('a later run of the same commit has the last word, one of another commit has not', async () => {
    const { answer, statuses } = createRepository([]);
    await using outlet = await startOutlet(answer);
    const later = { runId: '02RUN', state: 'PLANNING' };
    const asked = (commit: string) => send(routeTo(outlet.url, { ...later, commit }));
    expect(await asked(RUN_NOTICE.commit ?? '')).toEqual({ outcome: 'stale' });
    expect(statuses).toHaveLength(0);
    expect(await asked('f'.repeat(40))).toEqual({ outcome: 'sent' });
    expect(statuses).toHaveLength(1);
  });

  test('a proposed run has a status of its own', async () => {
    const { answer, statuses } = createRepository([]);
    await using outlet = await startOutlet(answer);
    const latest = { runId: '02RUN', state: 'PLANNING', commit: RUN_NOTICE.commit ?? '' };
    await send(routeTo(outlet.url, latest), { notice: of('run-failed', { runType: 'PROPOSED' }) });
    expect(statuses).toMatchObject([{ context: 'temporal/app (proposed)' }]);
  });

  test.each([
    [{ comment: false }, 1, 0],
    [{ status: false }, 0, 1],
  ])('does only what it is told: %o', async (options, statusCount, commentCount) => {
    const { answer, statuses, comments } = createRepository(PULLS);
    await using outlet = await startOutlet(answer);
    await send(routeTo(outlet.url, null, options));
    expect([statuses.length, comments.get(7)?.length]).toEqual([statusCount, commentCount]);
  });

  test.each<[string, Partial<Notice>]>([
    ['no repository', { repository: null }],
    ['a repository that leads elsewhere', { repository: '../../user' }],
    ['dots for a name', { repository: 'acme/..' }],
    ['more than two parts', { repository: 'acme/infra/issues' }],
    ['no commit', { commit: null }],
    ['a branch for a commit', { commit: 'main' }],
    ['a topic that is of no commit', { topic: 'webhook-disabled' }],
  ])('asks GitHub nothing of a notice with %s', async (_, changes) => {
    await using outlet = await startOutlet();
    const answer = await send(routeTo(outlet.url), { notice: { ...RUN_NOTICE, ...changes } });
    expect(answer).toEqual({ outcome: 'muted' });
    expect(outlet.received).toEqual([]);
  });

  test('lets nothing from outside be read as Markdown', async () => {
    const { answer, statuses, comments } = createRepository(PULLS);
    await using outlet = await startOutlet(answer);
    const text = `\`\`\` @team #1 <img src=x> ![](https://evil.example)\n${HOSTILE_NOTICE.text}`;
    await send(routeTo(outlet.url), { notice: { ...HOSTILE_NOTICE, text } });
    expect(statuses[0]?.['description']?.length).toBeLessThanOrEqual(140);
    const lines = comments.get(7)?.[0]?.body.split('\n') ?? [];
    const outside = lines.filter((line) => line.includes('evil.example'));
    expect(outside.length).toBeGreaterThan(0);
    for (const line of outside) expect(line).toMatch(/^`[^`]+`$/);
  });

  test('a spent limit passes when GitHub says so', async () => {
    const resetAt = Math.floor(Date.now() / 1000) + 90;
    await using outlet = await startOutlet(() => ({
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(resetAt) },
    }));
    const failure = await send(routeTo(outlet.url)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ isFinal: false });
    const { retryAfterMs } = failure as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(90_000);
  });
});
