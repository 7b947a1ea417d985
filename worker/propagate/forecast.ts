/**
 * What a propagation from a stack would do if it began now: who runs after whom, what would hold it, and how long it
 * takes by the runs of late. Reads Spacelift and changes nothing.
 */
import * as v from 'valibot';
import { readGraph } from '../../shared/activities/spacelift/read-graph.ts';
import type { SpaceliftClient } from '../../shared/activities/spacelift/client.ts';
import { planBelow, type PlannedStack } from '../../shared/workflow/propagation-graph.ts';
import { opensAt } from '../../shared/workflow/propagation-windows.ts';
import type { PropagationSettings } from '../../shared/workflow/settings.ts';

export type ForecastStack = {
  readonly stackId: string;
  /** Stacks between it and the root at most, itself included. */
  readonly step: number;
  readonly parents: readonly string[];
  readonly native: readonly string[];
  /** ISO 8601, UTC: when its maintenance window opens; null where it may start at once. */
  readonly heldUntil: string | null;
  /** Why it would not start, or might not. */
  readonly obstacle: string | null;
  /** Worker-pool labels under a limit. */
  readonly limits: readonly string[];
  /** Median of its latest runs that finished, waits for people included; null where there are none. */
  readonly durationMs: number | null;
};

export type Forecast = {
  readonly root: string;
  readonly refusal: string | null;
  readonly stacks: readonly ForecastStack[];
  /** Along the slowest way down, without limits and windows; null where a duration on it is not known. */
  readonly durationMs: number | null;
};

const QUERIES_AT_ONCE = 5;

export async function forecast(
  client: SpaceliftClient,
  root: string,
  { windows, poolLimits }: PropagationSettings,
  now: number,
): Promise<Forecast> {
  const labels = new Set([...windows, ...poolLimits].map(({ label }) => label));
  const { stacks, refusal } = planBelow(root, await readGraph(client), labels);
  const durations = await durationsOf(client, stacks);
  const steps = new Map<string, number>([[root, 0]]);
  const ends = new Map<string, number | null>([[root, 0]]);
  const found = stacks.map((stack): ForecastStack => {
    const { stackId, parents, native, poolLabels } = stack;
    const step = Math.max(...parents.map((parent) => steps.get(parent) ?? 0)) + 1;
    steps.set(stackId, step);
    const durationMs = durations.get(stackId) ?? null;
    const begins = parents.map((parent) => ends.get(parent) ?? null);
    ends.set(
      stackId,
      durationMs === null || begins.includes(null)
        ? null
        : Math.max(...begins.map((begin) => begin ?? 0)) + durationMs,
    );
    const opens = opensAt(stack.labels, windows, now);
    return {
      stackId,
      step,
      parents,
      native,
      heldUntil: opens === null || opens === now ? null : new Date(opens).toISOString(),
      obstacle: obstacleOf(stack, opens),
      limits: poolLabels,
      durationMs,
    };
  });
  const all = [...ends.values()];
  const durationMs = all.includes(null) ? null : Math.max(...all.map((end) => end ?? 0));
  return { root, refusal, stacks: found, durationMs };
}

function obstacleOf({ isDisabled, isLocked }: PlannedStack, opens: number | null): string | null {
  if (isDisabled) return 'stack is disabled';
  if (opens === null) return 'its maintenance window never opens';
  return isLocked ? 'stack is locked' : null;
}

const DOCUMENT = `query LatestRuns($stack: ID!) {
  viewer { id }
  stack(id: $stack) { id runs { type state createdAt updatedAt } }
}`;

const AnswerSchema = v.object({
  stack: v.nullable(
    v.object({
      runs: v.array(
        v.object({
          type: v.string(),
          state: v.string(),
          createdAt: v.number(),
          updatedAt: v.nullish(v.number(), null),
        }),
      ),
    }),
  ),
});

async function durationsOf(
  client: SpaceliftClient,
  stacks: readonly PlannedStack[],
): Promise<ReadonlyMap<string, number>> {
  const durations = new Map<string, number>();
  const waiting = [...stacks];
  const readNext = async (): Promise<void> => {
    for (let stack = waiting.shift(); stack !== undefined; stack = waiting.shift()) {
      const { stackId } = stack;
      const answer = await client.call({
        operation: `list runs of stack ${stackId}`,
        document: DOCUMENT,
        variables: { stack: stackId },
        schema: AnswerSchema,
      });
      const took = (answer.stack?.runs ?? [])
        .filter(({ type, state }) => type === 'TRACKED' && state === 'FINISHED')
        .slice(0, 9)
        .map(({ createdAt, updatedAt }) => ((updatedAt ?? createdAt) - createdAt) * 1000)
        .sort((left, right) => left - right);
      const median = took[Math.floor(took.length / 2)];
      if (median !== undefined) durations.set(stackId, median);
    }
  };
  await Promise.all(Array.from({ length: QUERIES_AT_ONCE }, readNext));
  return durations;
}
