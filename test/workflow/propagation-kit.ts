/** Accounts of stacks that depend on each other: a harness whose executions propagate, and what came of it. */
import * as v from 'valibot';
import type { SimulatorInput } from '../../dev/simulator/options.ts';
import { eventually } from '../../dev/launcher/eventually.ts';
import { createSpaceliftClient } from '../../shared/activities/spacelift/client.ts';
import { isTerminalState } from '../../shared/contract/states.ts';
import { propagationExecutionId, registryExecutionId } from '../../shared/contract/ids.ts';
import type {
  NodeView,
  PropagationResult,
  RegistryMemory,
} from '../../shared/workflow/propagation-messages.ts';
import type { PropagationSettings, WorkflowSettings } from '../../shared/workflow/settings.ts';
import { ACCOUNT } from '../events.ts';
import { type HarnessOptions, SETTINGS, startHarness } from './harness.ts';

/** Machines are busy. */
const PATIENCE_MS = 50_000;

export const propagationSettings = (
  changes: Partial<PropagationSettings> = {},
): WorkflowSettings => ({
  ...SETTINGS,
  propagation: {
    nativeEdges: 'adopt',
    onlyIfChanged: false,
    runsLimit: null,
    poolLimits: [],
    windows: [],
    resumableMs: 60_000,
    registryIdleMs: 60_000,
    ...changes,
  },
});

type SimulatedRun = {
  readonly id: string;
  readonly stack: string;
  readonly type: string;
  readonly state: string;
  readonly userMetadata: readonly string[];
  /** Epoch ms, as is when it came into its state. */
  readonly createdAt: number;
  readonly since: number;
};

export type PropagationKit = Awaited<ReturnType<typeof startPropagationKit>>;

export async function startPropagationKit(
  temporalCli: string,
  changes: Partial<PropagationSettings> = {},
  simulatorInput: SimulatorInput = {},
  options: HarnessOptions = {},
) {
  const settings = propagationSettings(changes);
  const harness = await startHarness(temporalCli, simulatorInput, { settings, ...options });
  const { control } = harness;
  const handleOf = (runId: string) =>
    harness.env.client.workflow.getHandle<() => Promise<PropagationResult>>(
      propagationExecutionId(ACCOUNT, runId),
    );
  const allRuns = async () => (await control('GET', '/runs')) as readonly SimulatedRun[];

  return {
    harness,
    settings,
    handleOf,
    registry: () => harness.env.client.workflow.getHandle(registryExecutionId(ACCOUNT)),
    allRuns,
    runsOf: async (stack: string) => (await harness.runsOf(stack)) as readonly SimulatedRun[],

    /** Stacks that deploy by themselves, by what they depend on. */
    async addStacks(stacks: Readonly<Record<string, readonly string[]>>, more: object = {}) {
      for (const [id, parents] of Object.entries(stacks))
        await control('POST', '/stacks', {
          id,
          autodeploy: true,
          labels: parents.map((parent, index) =>
            index % 2 === 0 ? `dependsOn:${parent}` : `depends-on:${parent}`,
          ),
          ...more,
        });
    },

    /** How the next run of a stack goes. */
    script: (stack: string, states: readonly string[]) =>
      control('POST', `/stacks/${stack}/script`, { states, runs: 1 }),

    /** Somebody else's run. */
    async run(stack: string, run: object = {}): Promise<string> {
      const { id } = (await control('POST', `/stacks/${stack}/runs`, run)) as { id: string };
      return id;
    },

    /** By the API, as the button does. */
    async retry(stack: string, run: string): Promise<void> {
      const client = createSpaceliftClient(
        {
          account: ACCOUNT,
          endpoint: harness.simulatorUrl,
          keyId: '01JSIMULATORKEY00000000000',
          keySecret: 'simulator-secret',
        },
        { fetch, now: Date.now, deadlineMs: 5000 },
      );
      await client.call({
        operation: 'retry as a person',
        document: `mutation { runRetry(stack: "${stack}", run: "${run}") { id } }`,
        variables: {},
        schema: v.unknown(),
      });
    },

    /** The stack's one run, once it has ended. */
    ended: (stack: string) =>
      eventually(`the end of the run of ${stack}`, PATIENCE_MS, async () => {
        const [run] = (await harness.runsOf(stack)) as readonly SimulatedRun[];
        return run !== undefined && isTerminalState(run.state) ? run : null;
      }),

    /** The stack's run that was made for an intent of ours. */
    oursOf: (stack: string) =>
      eventually(`a run of ours of ${stack}`, PATIENCE_MS, async () =>
        ((await harness.runsOf(stack)) as readonly SimulatedRun[]).find(({ userMetadata }) =>
          userMetadata.some((text) => text.startsWith('spacelift-temporal/')),
        ),
      ),

    /** Once the registry has decided about the run. */
    decided: (runId: string) =>
      eventually(`decision about ${runId}`, PATIENCE_MS, async () => {
        const registry = harness.env.client.workflow.getHandle(registryExecutionId(ACCOUNT));
        const { decided, deciding } = await registry.query<
          RegistryMemory & { deciding: string | null }
        >('progress');
        return decided.includes(runId) && deciding !== runId ? true : null;
      }),

    /** Once all of these nodes are in their phase. */
    reached: (rootRunId: string, phases: Readonly<Record<string, string>>) =>
      eventually(`${JSON.stringify(phases)} below ${rootRunId}`, PATIENCE_MS, async () => {
        const { nodes } = await handleOf(rootRunId)
          .query<{ nodes: readonly NodeView[] }>('progress')
          .catch(() => ({ nodes: [] }));
        const found = new Map(nodes.map(({ id, phase }) => [id, phase]));
        const isThere = Object.entries(phases).every(([id, phase]) => found.get(id) === phase);
        return isThere ? nodes : null;
      }),

    /** Once the propagation is over. */
    async result(rootRunId: string): Promise<PropagationResult> {
      await eventually(`propagation of ${rootRunId}`, PATIENCE_MS, async () =>
        handleOf(rootRunId)
          .describe()
          .catch(() => null),
      );
      return handleOf(rootRunId).result();
    },

    /** Once the registry knows of no open propagation and has nothing to decide, of all tracked runs there are. */
    settled: () =>
      eventually('the end of all propagations', PATIENCE_MS, async () => {
        const registry = harness.env.client.workflow.getHandle(registryExecutionId(ACCOUNT));
        const { open, pending, decided, deciding } = await registry.query<
          RegistryMemory & { deciding: string | null }
        >('progress');
        const runs = (await allRuns()).filter(({ type }) => type === 'TRACKED');
        const isKnown = runs.every(({ id }) => decided.includes(id));
        const isIdle = deciding === null && open.length + pending.length === 0;
        return isKnown && isIdle ? runs : null;
      }),

    /** Ids of the propagations there were. */
    async propagations(): Promise<readonly string[]> {
      const list = harness.env.client.workflow.list({
        query: `WorkflowType = 'SpaceliftPropagationWorkflow'`,
      });
      const ids: string[] = [];
      for await (const { workflowId } of list) ids.push(workflowId);
      return ids;
    },

    stop: () => harness.stop(),
  };
}
