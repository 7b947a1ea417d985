/**
 * Reads every stack of an account with what it depends on, page by page. Names, owners of locks and environments are not
 * asked for. An answer for nobody is no empty account: each page asks who is logged in.
 */
import * as v from 'valibot';
import type { GraphStack } from '../../workflow/propagation-graph.ts';
import type { SpaceliftClient } from './client.ts';
import { SpaceliftFailure } from './failure.ts';

/** The most that a search gives. */
const PAGE_LENGTH = 50;

/** 25,000 stacks; keeps an answer that repeats itself from going on for ever. */
const PAGES_LIMIT = 500;

const DOCUMENT = `query ReadGraph($input: SearchInput!) {
  viewer { id }
  searchStacks(input: $input) {
    edges { node {
      id labels isDisabled lockedBy
      dependsOn { dependsOnStack { id } }
      workerPool { labels }
    } }
    pageInfo { endCursor hasNextPage }
  }
}`;

const StackSchema = v.object({
  id: v.string(),
  labels: v.array(v.string()),
  isDisabled: v.nullish(v.boolean(), false),
  /** Only whether there is one. */
  lockedBy: v.pipe(
    v.nullish(v.string(), null),
    v.transform((holder) => holder !== null && holder !== ''),
  ),
  dependsOn: v.nullish(
    v.array(v.object({ dependsOnStack: v.nullable(v.object({ id: v.string() })) })),
    [],
  ),
  workerPool: v.nullish(v.object({ labels: v.nullish(v.array(v.string()), []) }), null),
});

const AnswerSchema = v.object({
  viewer: v.object({ id: v.string() }),
  searchStacks: v.object({
    edges: v.array(v.object({ node: StackSchema })),
    pageInfo: v.object({ endCursor: v.nullable(v.string()), hasNextPage: v.boolean() }),
  }),
});

/** `onPage` is called after each page: with many of them it takes a while. */
export async function readGraph(
  client: SpaceliftClient,
  onPage: () => void = () => {},
): Promise<readonly GraphStack[]> {
  const operation = `list stacks of account ${client.account.account}`;
  const stacks: GraphStack[] = [];
  let after: string | null = null;
  for (let page = 0; page < PAGES_LIMIT; page += 1) {
    const answer: v.InferOutput<typeof AnswerSchema> = await client.call({
      operation,
      document: DOCUMENT,
      variables: { input: { first: PAGE_LENGTH, ...(after !== null && { after }) } },
      schema: AnswerSchema,
    });
    const { edges, pageInfo } = answer.searchStacks;
    stacks.push(...edges.map(({ node }) => toGraphStack(node)));
    if (!pageInfo.hasNextPage) return stacks;
    onPage();
    if (pageInfo.endCursor === null || pageInfo.endCursor === after) break;
    after = pageInfo.endCursor;
  }
  // Half a graph would leave stacks out without a word.
  throw new SpaceliftFailure(operation, 'list does not come to an end', 'ambiguous');
}

const toGraphStack = (stack: v.InferOutput<typeof StackSchema>): GraphStack => ({
  stackId: stack.id,
  labels: stack.labels,
  native: stack.dependsOn.flatMap(({ dependsOnStack }) => dependsOnStack?.id ?? []),
  poolLabels: stack.workerPool?.labels ?? [],
  isDisabled: stack.isDisabled ?? false,
  isLocked: stack.lockedBy,
});
