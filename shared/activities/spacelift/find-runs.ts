/**
 * Looks for runs of a stack that our own key made and that fit a wish: the look after an unanswered trigger. Lists come
 * newest first and in pages; pages are read until one reaches back far enough.
 */
import * as v from 'valibot';
import type { FindRunsQuery, FoundRun } from '../../workflow/ports.ts';
import type { SpaceliftClient } from './client.ts';
import { runPage } from './look-up-run.ts';

const RUN_FIELDS = 'id type state createdAt triggeredBy command commit { hash }';

/** `stack.runs` lists tracked and destroy runs; the others have lists of their own. */
const LISTS = {
  TRACKED: 'runs',
  DESTROY: 'runs',
  PROPOSED: 'proposedRuns',
  TASK: 'tasks',
} as const;

type ListedType = keyof typeof LISTS;

const documentFor = (list: (typeof LISTS)[ListedType]) => `query Find($stack: ID!, $before: ID) {
  viewer { id }
  stack(id: $stack) { id found: ${list}(before: $before) { ${RUN_FIELDS} } }
}`;

const RETRIED = `query Retried($stack: ID!, $run: ID!) {
  viewer { id }
  stack(id: $stack) { id run(id: $run) { type command commit { hash } } }
}`;

const whatFields = {
  type: v.string(),
  command: v.nullish(v.string(), null),
  commit: v.nullable(v.object({ hash: v.string() })),
};

const ListedRunSchema = v.object({
  ...whatFields,
  id: v.string(),
  state: v.string(),
  createdAt: v.number(),
  triggeredBy: v.nullable(v.string()),
});

const AnswerSchema = v.object({
  stack: v.nullable(v.object({ found: v.array(ListedRunSchema) })),
});

const RetriedSchema = v.object({
  stack: v.nullable(v.object({ run: v.nullable(v.object(whatFields)) })),
});

type ListedRun = v.InferOutput<typeof ListedRunSchema>;

type Wanted = {
  readonly type: ListedType;
  readonly commit: string | null;
  readonly command: string | null;
};

/** Far more than runs are made within the longest window; keeps an answer that repeats itself from going on for ever. */
const PAGES_LIMIT = 50;

/** Oldest first. */
export async function findRuns(
  client: SpaceliftClient,
  query: FindRunsQuery,
): Promise<readonly FoundRun[]> {
  const { stackId, createdSince } = query;
  const wanted = await wantedOf(client, query);
  if (wanted === null) return [];
  const ours = `api::${client.account.keyId}`;
  return (await listSince(client, stackId, wanted.type, createdSince))
    .filter((run) => run.triggeredBy === ours && fits(run, wanted))
    .toReversed()
    .map(({ id: runId, createdAt, state }) => ({
      runId,
      createdAt: createdAt * 1000,
      state,
      url: runPage(client, { stackId, runId }),
    }))
    .sort((left, right) => left.createdAt - right.createdAt);
}

/** A retry is like the run it retries; null when that cannot be seen, or is of a type that is not listed. */
async function wantedOf(
  client: SpaceliftClient,
  { stackId, runType, commit, command, retryOf }: FindRunsQuery,
): Promise<Wanted | null> {
  if (retryOf === undefined || retryOf === null)
    return { type: runType, commit, command: command ?? null };
  const { stack } = await client.call({
    operation: `look up run ${retryOf} of stack ${stackId}`,
    document: RETRIED,
    variables: { stack: stackId, run: retryOf },
    schema: RetriedSchema,
  });
  const retried = stack?.run ?? null;
  if (retried === null || !isListed(retried.type)) return null;
  return {
    type: retried.type,
    commit: retried.commit?.hash ?? null,
    command: retried.type === 'TASK' ? retried.command : null,
  };
}

const isListed = (type: string): type is ListedType => Object.hasOwn(LISTS, type);

const fits = (run: ListedRun, { type, commit, command }: Wanted): boolean =>
  run.type === type &&
  (commit === null || (run.commit?.hash.startsWith(commit) ?? false)) &&
  (command === null || run.command === command);

/** Newest first. */
async function listSince(
  client: SpaceliftClient,
  stackId: string,
  type: ListedType,
  createdSince: number,
): Promise<readonly ListedRun[]> {
  const isInTime = ({ createdAt }: ListedRun) => createdAt * 1000 >= createdSince;
  const runs: ListedRun[] = [];
  let before: string | null = null;
  for (let page = 0; page < PAGES_LIMIT; page += 1) {
    const found = await listPage(client, stackId, type, before);
    runs.push(...found.filter(isInTime));
    const last = found.at(-1);
    if (last === undefined || !isInTime(last) || last.id === before) break;
    before = last.id;
  }
  return runs;
}

async function listPage(
  client: SpaceliftClient,
  stackId: string,
  type: ListedType,
  before: string | null,
): Promise<readonly ListedRun[]> {
  const { stack } = await client.call({
    operation: `list runs of stack ${stackId}`,
    document: documentFor(LISTS[type]),
    variables: { stack: stackId, before },
    schema: AnswerSchema,
  });
  return stack?.found ?? [];
}
