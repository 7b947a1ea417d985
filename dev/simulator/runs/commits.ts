/** Commits, which the simulator makes up: only their hash is ever given. */
import { createHash } from 'node:crypto';
import type { Commit, Run, Stack } from '../model.ts';

type Source = { readonly repository: string; readonly branch: string };

export const createCommit = (hash: string, source: Source, at: number): Commit => ({
  hash,
  branch: source.branch,
  message: 'Change main.tf',
  authorLogin: 'octocat',
  authorName: 'Mona Octocat',
  url: `https://github.com/${source.repository}/commit/${hash}`,
  createdAt: at,
});

/** A hash of the right shape that is the same whenever its text is. */
export const hashOf = (text: string): string => createHash('sha1').update(text).digest('hex');

/** The newest commit pushed to the stack's branch, else the one it began with. `runs` are the stack's, oldest first. */
export function headCommitOf(stack: Stack, runs: readonly Run[]): Commit {
  const isPush = ({ type, triggeredBy, commit }: Run) =>
    type === 'TRACKED' && triggeredBy === null && commit.branch === stack.branch;
  return runs.findLast(isPush)?.commit ?? createCommit(hashOf(stack.id), stack, stack.createdAt);
}
