/**
 * GitHub: a status on the commit of a run, and a comment on each open pull request that has the commit. A stack has one
 * status a commit and one comment a pull request, which is found by a marker and written over, so that both may be sent
 * twice. A status of an older run does not take the place of a later one's.
 */
import { createHmac } from 'node:crypto';
import { request as octokit } from '@octokit/request';
import * as v from 'valibot';
import type { Notice, NoticeTopic } from '../../shared/workflow/notice-messages.ts';
import { strictFetch, unwrapFailure } from './answers.ts';
import { defineNotifier, readSecret, type Sending } from './definition.ts';
import { DESCRIPTION_LIMIT, escapeGithub, isCommit, parseRepository } from './github-text.ts';
import { laterRun } from './standing.ts';
import { cut, toLine } from './text.ts';

/** GitHub allows 65,536 characters; a notice is far below, a template may not be. */
const COMMENT_LIMIT = 60_000;
const CONTEXT_LIMIT = 200;

/** Of the most there are a page; what is beyond so many pages is not looked for. */
const PAGE_LENGTH = 100;
const PAGES_LIMIT = 20;

const STATES = {
  'run-progressed': 'pending',
  'run-waiting': 'pending',
  'run-completed': 'success',
  'run-failed': 'failure',
  'run-ended': 'error',
} as const satisfies Partial<Record<NoticeTopic, string>>;

type GithubRequest = typeof octokit;
type StatusState = (typeof STATES)[keyof typeof STATES];
type Place = { readonly owner: string; readonly repo: string; readonly sha: string };

export const github = defineNotifier({
  name: 'github',
  options: v.object({
    /** May write commit statuses and pull requests, and nothing more. */
    tokenFrom: v.string(),
    apiUrl: v.optional(v.pipe(v.string(), v.url()), 'https://api.github.com'),
    /** First part of the status's name; the stack is the second. */
    context: v.optional(v.pipe(v.string(), v.regex(/^[\w .-]{1,50}$/)), 'temporal'),
    status: v.optional(v.boolean(), true),
    comment: v.optional(v.boolean(), true),
  }),
  deduplicates: true,
  isRecord: true,
  create({ tokenFrom, apiUrl, context: prefix, status, comment }, context) {
    const token = readSecret(context, 'tokenFrom', tokenFrom);
    const request = octokit.defaults({
      baseUrl: apiUrl.replace(/\/+$/, ''),
      headers: { authorization: `Bearer ${token}`, 'x-github-api-version': '2022-11-28' },
      request: { fetch: strictFetch(context.fetch) },
    });
    return {
      async send(sending) {
        const { notice } = sending;
        const repository = parseRepository(notice.repository);
        const state = stateOf(notice.topic);
        if (repository === null || state === null || !isCommit(notice.commit))
          return { outcome: 'muted' };
        const place = { ...repository, sha: notice.commit };
        const later = await laterRun(notice, context);
        if (later?.commit === notice.commit) return { outcome: 'stale' };
        try {
          if (status) await writeStatus(request, place, state, nameOf(prefix, notice), sending);
          if (comment && notice.topic !== 'run-progressed')
            await writeComments(request, place, markerOf(token, notice), sending);
        } catch (error) {
          throw unwrapFailure(error);
        }
        return { outcome: 'sent' };
      },
    };
  },
});

const stateOf = (topic: NoticeTopic): StatusState | null =>
  topic in STATES ? STATES[topic as keyof typeof STATES] : null;

/** A proposed run says something else about a commit than a tracked one. */
const nameOf = (prefix: string, { stackId, runType }: Notice): string =>
  cut(
    `${prefix}/${toLine(stackId ?? '')}${runType === 'PROPOSED' ? ' (proposed)' : ''}`,
    CONTEXT_LIMIT,
  );

/** Keyed by the token, so that nobody who comments can foresee it and have a comment of theirs written over. */
const markerOf = (token: string, { account, stackId }: Notice): string => {
  const digest = createHmac('sha256', token).update(`${account}/${stackId}`).digest('hex');
  return `<!-- spacelift-temporal ${digest.slice(0, 32)} -->`;
};

const writeStatus = async (
  request: GithubRequest,
  place: Place,
  state: StatusState,
  context: string,
  { write, links }: Sending,
): Promise<void> => {
  await request('POST /repos/{owner}/{repo}/statuses/{sha}', {
    ...place,
    state,
    context,
    description: cut(toLine(write((text) => text)), DESCRIPTION_LIMIT),
    ...(links.run !== null && { target_url: links.run }),
  });
};

async function writeComments(
  request: GithubRequest,
  { owner, repo, sha }: Place,
  marker: string,
  sending: Sending,
): Promise<void> {
  const body = `${marker}\n${cut(bodyOf(sending), COMMENT_LIMIT)}`;
  const { data: pulls } = await request('GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', {
    owner,
    repo,
    commit_sha: sha,
    per_page: PAGE_LENGTH,
  });
  for (const { number } of pulls.filter((pull) => pull.state === 'open')) {
    const id = await findComment(request, { owner, repo, number }, marker);
    if (id === null)
      await request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
        owner,
        repo,
        issue_number: number,
        body,
      });
    else
      await request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
        owner,
        repo,
        comment_id: id,
        body,
      });
  }
}

/** Oldest first, as GitHub lists them: a copy of the marker can only come after ours. */
async function findComment(
  request: GithubRequest,
  { owner, repo, number }: { owner: string; repo: string; number: number },
  marker: string,
): Promise<number | null> {
  for (let page = 1; page <= PAGES_LIMIT; page += 1) {
    const { data: comments } = await request(
      'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
      { owner, repo, issue_number: number, per_page: PAGE_LENGTH, page },
    );
    const ours = comments.find((comment) => comment.body?.startsWith(marker));
    if (ours !== undefined) return Number(ours.id);
    if (comments.length < PAGE_LENGTH) return null;
  }
  return null;
}

function bodyOf({ write, links }: Sending): string {
  const pages = [
    ...(links.run === null ? [] : [`[Run in Spacelift](${links.run})`]),
    ...(links.execution === null ? [] : [`[Execution in Temporal](${links.execution})`]),
  ];
  return [write(escapeGithub), ...(pages.length === 0 ? [] : [pages.join(' · ')])].join('\n\n');
}
