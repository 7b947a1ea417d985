/**
 * The third story: a stack finishes, and what depends on it runs next, in order. One of the stacks below fails and holds
 * back only what is below it; when it is put right, the rest goes on.
 */
import { propagationExecutionId } from '../../shared/contract/ids.ts';
import { PROGRESS_QUERY } from '../../shared/contract/names.ts';
import type { NodeView, PropagationResult } from '../../shared/workflow/propagation-messages.ts';
import { eventually } from './eventually.ts';
import { propagationTree } from './propagation-tree.ts';
import { executionUrl, seeExecution, type Stage } from './stage.ts';
import { listenForTrouble } from './trouble.ts';

export const ROOT_STACK = 'platform';
const FAILING = 'storage';

/** A diamond: the last one needs both that are below the root. */
const STACKS = {
  [ROOT_STACK]: [],
  cluster: [ROOT_STACK],
  [FAILING]: [ROOT_STACK],
  shop: ['cluster', FAILING],
} as const satisfies Record<string, readonly string[]>;

const WITHIN_MS = 90_000;

type Phases = Readonly<Record<string, NodeView['phase']>>;

export async function playPropagation(stage: Stage): Promise<void> {
  const { narrator, path, simulator } = stage;
  const { account } = path.spacelift;
  narrator.begin('3  A stack finishes, and what depends on it runs next');
  for (const [id, parents] of Object.entries(STACKS))
    await simulator.addStack({
      id,
      autodeploy: true,
      labels: parents.map((parent) => `dependsOn:${parent}`),
    });
  await simulator.script(FAILING, { failAt: 'APPLYING', note: 'Error: quota exceeded', runs: 1 });

  const trouble = listenForTrouble(path.part('worker'));
  const { id: runId } = await simulator.startRun(ROOT_STACK);
  narrator.step(`git push to stack ${ROOT_STACK} → Spacelift starts run ${runId}`);
  const executionId = propagationExecutionId(account, runId);
  const { startedAt } = await seeExecution(stage, executionId);
  narrator.step(`run finished → execution ${executionId}`, {
    at: startedAt,
    closer: executionUrl(stage, executionId),
  });

  const see = createSight(stage, executionId);
  const held: Phases = { cluster: 'completed', [FAILING]: 'failed', shop: 'stopped' };
  const nodes = await see('what failed hold back what is below it', held);
  const failedRun = nodes.find(({ id }) => id === FAILING)?.runId ?? '';
  for (const { at, text } of await trouble.about(failedRun))
    narrator.step(`worker log  ${text}`, { at });

  const { id: retried } = await simulator.startRun(FAILING);
  narrator.step(`somebody mends it: git push to stack ${FAILING} → run ${retried}`);
  await see('the rest go on', { [FAILING]: 'completed', shop: 'completed' });
  narrator.stopShowing();
  await expectGoodEnd(stage, executionId);
  narrator.succeed('every stack is done, each after all it depends on');
}

/** Tells every change of a node and shows the whole as a tree, until all of them are where they should be. */
function createSight({ temporal, narrator }: Stage, executionId: string) {
  const handle = temporal.workflow.getHandle(executionId);
  const told = new Map<string, string>();
  return (what: string, wanted: Phases) =>
    eventually(what, WITHIN_MS, async () => {
      const { nodes } = await handle.query<{ nodes: readonly NodeView[] }>(PROGRESS_QUERY);
      for (const { id, phase, reason } of nodes) {
        if (told.get(id) === phase) continue;
        told.set(id, phase);
        narrator.step(`${id} ${phase}${reason === null ? '' : `: ${reason}`}`);
      }
      narrator.show(propagationTree(nodes));
      const isThere = nodes.every(({ id, phase }) => (wanted[id] ?? phase) === phase);
      return isThere && nodes.length > 0 ? nodes : null;
    });
}

async function expectGoodEnd({ temporal, simulator, narrator }: Stage, executionId: string) {
  const handle = temporal.workflow.getHandle<() => Promise<PropagationResult>>(executionId);
  const { outcome, nodes } = await handle.result();
  for (const line of propagationTree(nodes)) narrator.detail(line);
  if (outcome !== 'completed')
    throw new Error(`Cannot call the scenario a success: outcome is "${outcome}"`);
  for (const stackId of Object.keys(STACKS)) {
    const runs = await simulator.runs(stackId);
    const expected = stackId === FAILING ? 2 : 1;
    if (runs.length !== expected)
      throw new Error(
        `Cannot call the scenario a success: stack ${stackId} ran ${runs.length} times instead of ${expected}`,
      );
  }
}
