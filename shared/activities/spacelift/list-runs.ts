/**
 * Lists the runs of an account, a page at a time: all of them, newest first, and those that have not ended. Who made a run
 * and of what is neither asked for nor told. Test runs of modules are left out: a run is looked up by its stack.
 */
import * as v from 'valibot';
import { isTerminalState, RUN_STATES } from '../../contract/states.ts';
import type { ListedRuns, ListRunsQuery, PageWish, RunsPage } from '../../workflow/ports.ts';
import type { SpaceliftClient } from './client.ts';

/** The most that a search gives. */
const PAGE_LENGTH = 50;

const DOCUMENT = `query ListRuns(
  $all: SearchInput!, $allOffset: Int, $withAll: Boolean!
  $open: SearchInput!, $openOffset: Int, $withOpen: Boolean!
) {
  viewer { id }
  recent: searchRuns(input: $all, offset: $allOffset) @include(if: $withAll) { ...Page }
  open: searchRuns(input: $open, offset: $openOffset) @include(if: $withOpen) { ...Page }
}
fragment Page on SearchRunsOutput {
  edges { node { isModule stack { id } run { id type state createdAt updatedAt } } }
  pageInfo { hasNextPage }
}`;

const ALL = { first: PAGE_LENGTH };

/** By what a run is not: a state that nobody has heard of yet is an open one. */
const OPEN = {
  first: PAGE_LENGTH,
  predicates: [
    {
      field: 'state',
      exclude: true,
      constraint: { enumEquals: RUN_STATES.filter(isTerminalState) },
    },
  ],
};

const PageSchema = v.optional(
  v.object({
    edges: v.array(
      v.object({
        node: v.object({
          isModule: v.boolean(),
          stack: v.nullable(v.object({ id: v.string() })),
          run: v.object({
            id: v.string(),
            type: v.string(),
            state: v.string(),
            createdAt: v.number(),
            updatedAt: v.nullish(v.number(), null),
          }),
        }),
      }),
    ),
    pageInfo: v.object({ hasNextPage: v.boolean() }),
  }),
);

const AnswerSchema = v.object({ recent: PageSchema, open: PageSchema });

export async function listRuns(
  client: SpaceliftClient,
  { account, runTypes, recent, open }: ListRunsQuery,
): Promise<ListedRuns> {
  const answer = await client.call({
    operation: `list runs of account ${account}`,
    document: DOCUMENT,
    variables: {
      all: ALL,
      ...wish('all', 'withAll', recent),
      open: OPEN,
      ...wish('open', 'withOpen', open),
    },
    schema: AnswerSchema,
  });
  return {
    recent: toPage(answer.recent, runTypes),
    open: toPage(answer.open, runTypes),
  };
}

const wish = (list: string, switchName: string, page: PageWish | null) => ({
  [`${list}Offset`]: page?.offset ?? 0,
  [switchName]: page !== null,
});

function toPage(
  page: v.InferOutput<typeof PageSchema>,
  runTypes: readonly string[],
): RunsPage | null {
  if (page === undefined) return null;
  const nodes = page.edges.map(({ node }) => node);
  return {
    runs: nodes.flatMap(({ isModule, stack, run }) => {
      if (isModule || stack === null || !runTypes.includes(run.type)) return [];
      const { id: runId, state, createdAt, updatedAt } = run;
      // A run that has ended changes no more.
      const endedAt = isTerminalState(state) ? (updatedAt ?? createdAt) * 1000 : null;
      return [{ stackId: stack.id, runId, state, createdAt: createdAt * 1000, endedAt }];
    }),
    length: nodes.length,
    oldestCreatedAt:
      nodes.length === 0 ? null : Math.min(...nodes.map(({ run }) => run.createdAt)) * 1000,
    hasMore: page.pageInfo.hasNextPage,
  };
}
