/** Ways of the executions that an account has one of, or one at a time: sweeps, its registry, propagations, digests. */
import { eventually } from '../../../dev/launcher/eventually.ts';
import {
  digestExecutionId,
  propagationExecutionId,
  registryExecutionId,
} from '../../../shared/contract/ids.ts';
import { SIGNALS, SWEEP_WORKFLOW, WORKFLOW_TASK_QUEUE } from '../../../shared/contract/names.ts';
import type { NodeView } from '../../../shared/workflow/propagation-messages.ts';
import type { Notice } from '../../../shared/workflow/ports.ts';
import { startOfDigest } from '../../../shared/workflow/start.ts';
import type { SweepInput } from '../../../shared/workflow/sweep-messages.ts';
import { ACCOUNT } from '../../events.ts';
import { runIdOf } from '../../workflow/harness.ts';
import type { Path } from './path.ts';
import { RECORDED } from './settings.ts';
import type { Stage } from './stage.ts';

const PATIENCE_MS = 60_000;

/** `left` and `right` are below the path's own stack, and `last` is below both. */
async function addDiamond({ harness }: Stage, root: string) {
  const parents = { left: ['root'], right: ['root'], last: ['left', 'right'] } as const;
  const nameOf = (stack: string) => (stack === 'root' ? root : `${root}-${stack}`);
  for (const [stack, above] of Object.entries(parents))
    await harness.control('POST', '/stacks', {
      id: nameOf(stack),
      autodeploy: true,
      labels: above.map((parent) => `dependsOn:${nameOf(parent)}`),
    });
  return nameOf;
}

const reaches = ({ harness }: Stage, executionId: string, stackId: string, phase: string) =>
  eventually(`${stackId} ${phase}`, PATIENCE_MS, async () => {
    const { nodes } = await harness
      .handleOf(executionId)
      .query<{ nodes: readonly NodeView[] }>('progress');
    return nodes.some((node) => node.stackId === stackId && node.phase === phase) ? true : null;
  });

export const ACCOUNT_PATHS: readonly Path[] = [
  {
    name: 'goes-down-a-diamond',
    ends: { propagation: 'completed' },
    async bring(stage, stackId) {
      await addDiamond(stage, stackId);
      return { propagation: propagationExecutionId(ACCOUNT, await stage.addRun(stackId)) };
    },
  },
  {
    name: 'is-resumed',
    ends: { propagation: 'completed' },
    async bring(stage, stackId) {
      const nameOf = await addDiamond(stage, stackId);
      await stage.script(nameOf('right'), { failAt: 'PLANNING', runs: 1 });
      const propagation = propagationExecutionId(ACCOUNT, await stage.addRun(stackId));
      await reaches(stage, propagation, nameOf('last'), 'stopped');
      await stage.addRun(nameOf('right'));
      return { propagation };
    },
  },
  {
    name: 'stays-stopped',
    ends: { propagation: 'stopped', registry: 'COMPLETED' },
    async bring(stage, stackId) {
      const nameOf = await addDiamond(stage, stackId);
      await stage.script(nameOf('left'), { failAt: 'PLANNING' });
      const propagation = propagationExecutionId(ACCOUNT, await stage.addRun(stackId));
      return { propagation, registry: registryExecutionId(ACCOUNT) };
    },
  },
  {
    name: 'propagation-is-cancelled',
    ends: { propagation: 'CANCELLED' },
    async bring(stage, stackId) {
      const nameOf = await addDiamond(stage, stackId);
      await stage.harness.control('POST', '/stacks', {
        id: nameOf('left'),
        autodeploy: false,
        labels: [`dependsOn:${stackId}`],
      });
      const propagation = propagationExecutionId(ACCOUNT, await stage.addRun(stackId));
      await reaches(stage, propagation, nameOf('right'), 'completed');
      await stage.harness.handleOf(propagation).cancel();
      return { propagation };
    },
  },
  {
    name: 'sweeps',
    ends: { sweep: 'COMPLETED' },
    async bring(stage, stackId) {
      const since = Date.now() - 1000;
      await stage.addRun(stackId);
      const input: SweepInput = {
        account: ACCOUNT,
        since,
        windowMs: 60 * 60 * 1000,
        pagesLimit: 40,
        runTypes: ['TRACKED'],
        webhookIds: ['webhook-1'],
        settings: RECORDED,
      };
      const workflowId = `sweep-of/${stackId}`;
      await stage.harness.env.client.workflow.start(SWEEP_WORKFLOW, {
        workflowId,
        taskQueue: WORKFLOW_TASK_QUEUE,
        args: [input],
      });
      return { sweep: workflowId };
    },
  },
  {
    name: 'keeps-notices',
    ends: { digest: 'COMPLETED' },
    async bring({ harness }, stackId) {
      const until = Date.now() + 1000;
      for (const key of ['a', 'b', 'a'])
        await harness.executions.signalWithStart(
          startOfDigest('log'),
          { name: SIGNALS.holdNotice, payload: { notice: noticeOf(stackId), key, until } },
          'always',
        );
      return { digest: digestExecutionId('log') };
    },
  },
];

const noticeOf = (stackId: string): Notice => ({
  topic: 'run-failed',
  account: ACCOUNT,
  stackId,
  runId: 'held',
  state: 'FAILED',
  url: null,
  text: 'Run failed',
  executionId: runIdOf(stackId, 'held'),
  traceId: '0'.repeat(32),
});
