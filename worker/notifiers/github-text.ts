/** Texts from outside in GitHub's Markdown: in code spans, where it reads no markup, mention, reference or link. */

/** A code span has no way to escape a backtick, so those are replaced; lines get a span each. */
export const escapeGithub = (text: string): string =>
  text
    .replaceAll('`', 'ˋ')
    .split('\n')
    .map((line) => (line.trim() === '' ? '' : `\`${line.trim()}\``))
    .join('\n');

/** Of a commit status, by GitHub's API, in characters. */
export const DESCRIPTION_LIMIT = 140;

/** `owner/name` as GitHub allows both; null for any other text, which would lead to another path of the API. */
export function parseRepository(
  repository: string | null | undefined,
): { readonly owner: string; readonly repo: string } | null {
  const match = /^([A-Za-z0-9][A-Za-z0-9-]{0,38})\/([\w.-]{1,100})$/.exec(repository ?? '');
  const [, owner, repo] = match ?? [];
  if (owner === undefined || repo === undefined || /^\.+$/.test(repo)) return null;
  return { owner, repo };
}

export const isCommit = (commit: string | null | undefined): commit is string =>
  /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit ?? '');
