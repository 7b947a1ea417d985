/** Runs whose deliveries the test itself makes: the simulator knows the truth and tells none of it unasked. */
import * as v from 'valibot';
import type { SimulatorInput } from '../../dev/simulator/options.ts';
import { createSpaceliftClient } from '../../shared/activities/spacelift/client.ts';
import type { RunEvent } from '../../shared/contract/events.ts';
import { signalFor } from '../../shared/workflow/messages.ts';
import type { WatchSettings, WorkflowSettings } from '../../shared/workflow/settings.ts';
import { startOfRun } from '../../shared/workflow/start.ts';
import { ACCOUNT } from '../events.ts';
import {
  deliveryFacts,
  type Harness,
  type HarnessOptions,
  runIdOf,
  SETTINGS,
  startHarness,
} from './harness.ts';

const KEY = { keyId: '01JSIMULATORKEY00000000000', keySecret: 'simulator-secret' };

const DECISIONS = { confirm: 'runConfirm', discard: 'runDiscard' } as const;

export const PATIENCE = { timeout: 30_000, interval: 50 };

export const settingsWith = (
  changes: Partial<WorkflowSettings> = {},
  watch: Partial<WatchSettings> = {},
): WorkflowSettings => ({
  ...SETTINGS,
  ...changes,
  watch: { remindAfterMs: 0, remindAtMostMs: 60_000, observedRunTypes: ['TRACKED'], ...watch },
});

type Run = { readonly id: string; readonly state: string; readonly stateVersion: number };

export type RunKit = Awaited<ReturnType<typeof startRunKit>>;

export async function startRunKit(
  temporalCli: string,
  simulatorInput: SimulatorInput = {},
  options: HarnessOptions = {},
) {
  const harness = await startHarness(temporalCli, simulatorInput, options);
  await harness.control('POST', '/webhooks/webhook-1/faults', { drop: 1 });
  const client = createSpaceliftClient(
    { account: ACCOUNT, endpoint: harness.simulatorUrl, ...KEY },
    { fetch, now: Date.now, deadlineMs: 5000 },
  );
  const mutate = (mutation: string) =>
    client.call({
      operation: 'act as a person',
      document: `mutation { ${mutation} }`,
      variables: {},
      schema: v.unknown(),
    });
  const findRun = async (runId: string) =>
    ((await harness.control('GET', '/runs')) as Run[]).find(({ id }) => id === runId);
  const handleOf = (stackId: string, runId: string) => harness.handleOf(runIdOf(stackId, runId));
  return {
    harness,
    handleOf,

    /** Puts a stack that does not deploy by itself, and makes a run of it that goes through the states after QUEUED. */
    async createRun(stack: { readonly id: string } & object, states: readonly string[]) {
      await harness.control('POST', '/stacks', { autodeploy: false, ...stack });
      await harness.control('POST', `/stacks/${stack.id}/script`, { states });
      const run = (await harness.control('POST', `/stacks/${stack.id}/runs`, {})) as { id: string };
      return run.id;
    },

    stateOf: async (runId: string) => (await findRun(runId))?.state,
    stateVersionOf: async (runId: string) => (await findRun(runId))?.stateVersion,

    /** In one signal, as the starter would. */
    async deliver(events: readonly [RunEvent, ...RunEvent[]], settings: WorkflowSettings) {
      const [first] = events;
      const last = events.at(-1) ?? first;
      const payload = {
        events: events.map((event) => ({
          event,
          delivery: deliveryFacts(`run/${event.runId}/${event.state}/${event.stateVersion}`),
        })),
      };
      const signal = { name: signalFor(last.type).name, payload };
      await harness.executions.signalWithStart(startOfRun(first, settings, first), signal, 'never');
      return handleOf(first.stackId, first.runId);
    },

    /** As a person does in Spacelift's own pages. */
    decide: (decision: 'confirm' | 'discard', stackId: string, runId: string) =>
      mutate(`${DECISIONS[decision]}(stack: "${stackId}", run: "${runId}") { id }`),

    async countOperations(operation: string): Promise<number> {
      const { operations } = (await harness.control('GET', '/journal')) as {
        operations: { operation: string }[];
      };
      return operations.filter((entry) => entry.operation === operation).length;
    },

    noticesOf: (runId: string) => harness.notices.filter((notice) => notice.runId === runId),
    stop: () => harness.stop(),
  };
}

type Handle = ReturnType<Harness['handleOf']>;

export type RunView = {
  readonly transitions: readonly { readonly state: string; readonly stateVersion: number }[];
  readonly hold: unknown;
  readonly mustAct: string | null;
  readonly reminders: number;
  readonly lastError: string | null;
  readonly done: readonly { readonly action: string }[];
};

export const progressOf = (handle: Handle): Promise<RunView> => handle.query<RunView>('progress');
