/** A forecast, or a propagation, as text: a tree, or a Mermaid chart. Pure. */
import type { NodeView } from '../../shared/workflow/propagation-messages.ts';
import type { Forecast, ForecastStack } from './forecast.ts';

export function toTree({ root, refusal, stacks, durationMs }: Forecast): string {
  if (refusal !== null) return refusal;
  if (stacks.length === 0) return `Nothing depends on ${root}`;
  const total = durationMs === null ? 'not known' : `about ${toSeconds(durationMs)}`;
  return [
    root,
    ...stacks.map((stack) => `${'  '.repeat(stack.step)}${stack.stackId}${remarks(stack)}`),
    '',
    `${stacks.length} stacks; expected duration: ${total}`,
  ].join('\n');
}

function remarks(stack: ForecastStack): string {
  const { parents, native, heldUntil, obstacle, limits, durationMs } = stack;
  const all = [
    ...(parents.length > 1 ? [`after ${parents.join(' and ')}`] : []),
    ...(native.length > 0 ? [`Spacelift queues it with ${native.join(', ')}`] : []),
    ...(heldUntil === null ? [] : [`held until ${heldUntil}`]),
    ...limits.map((label) => `limited on ${label}`),
    ...(obstacle === null ? [] : [obstacle]),
    ...(durationMs === null ? [] : [`takes ${toSeconds(durationMs)}`]),
  ];
  return all.length === 0 ? '' : ` (${all.join('; ')})`;
}

const toSeconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

export function toMermaid({ root, stacks }: Forecast): string {
  const names = new Map([root, ...stacks.map(({ stackId }) => stackId)].map((id, at) => [id, at]));
  return [
    'flowchart TD',
    // Ids of stacks may hold what Mermaid takes for its own.
    ...[...names].map(([id, at]) => `  s${at}["${id}"]`),
    ...stacks.flatMap(({ stackId, parents, native }) =>
      parents.map((parent) => {
        const arrow = native.includes(parent) ? '-.->' : '-->';
        return `  s${names.get(parent)} ${arrow} s${names.get(stackId)}`;
      }),
    ),
  ].join('\n');
}

export function toTable(nodes: readonly NodeView[]): string {
  const width = Math.max(0, ...nodes.map(({ id }) => id.length));
  return nodes
    .map(({ id, phase, runId, reason }) =>
      [id.padEnd(width), phase.padEnd('completed'.length), runId ?? '', reason ?? '']
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
