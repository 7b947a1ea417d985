/** What paths are made with: the harness, and the few things that several of them do. */
import { eventually } from '../../../dev/launcher/eventually.ts';
import type { IntentEvent, RunEvent } from '../../../shared/contract/events.ts';
import { laneExecutionId } from '../../../shared/contract/ids.ts';
import {
  type ExecutionResult,
  signalFor,
  type SingleEvent,
} from '../../../shared/workflow/messages.ts';
import type { WorkflowSettings } from '../../../shared/workflow/settings.ts';
import { startOfEvent, startOfRun } from '../../../shared/workflow/start.ts';
import { ACCOUNT } from '../../events.ts';
import { deliveryFacts, type Harness, intentIdOf, runIdOf } from '../../workflow/harness.ts';
import type { Kept } from './path.ts';
import { RECORDED } from './settings.ts';

const PATIENCE_MS = 60_000;

export type Stage = {
  readonly harness: Harness;
  /** The next calls of `runTrigger` go wrong. */
  readonly faultTriggers: (fault: object) => Promise<unknown>;
  /** What the next runs of the stack do. */
  readonly script: (stackId: string, script: object) => Promise<unknown>;
  /** A run that somebody else wanted; its deliveries make its execution. */
  readonly addRun: (stackId: string, run?: object) => Promise<string>;
  /** In which state a run is at Spacelift, counted from 0. */
  readonly stateVersionOf: (runId: string) => Promise<number>;
  /** Pursues an intent to its end. */
  readonly pursue: (
    stackId: string,
    key: string,
    changes?: Partial<IntentEvent>,
    settings?: WorkflowSettings,
  ) => Promise<Kept>;
  /** Tells a run execution of an event, as a delivery does. */
  readonly tell: (event: RunEvent, settings?: WorkflowSettings) => Promise<string>;
  readonly record: (key: string, event: SingleEvent) => Promise<string>;
  readonly clearFaults: () => Promise<unknown>;
  /** Waits for its end: the outcome it returned, or Temporal's status. */
  readonly endOf: (executionId: string) => Promise<string>;
  /** Until the execution's answer to the query has this text in it. */
  readonly knows: (executionId: string, text: string) => Promise<unknown>;
};

export function createStage(harness: Harness): Stage {
  const { control } = harness;
  return {
    harness,
    faultTriggers: (fault) => control('POST', '/faults', { operation: 'runTrigger', ...fault }),
    script: (stackId, script) => control('POST', `/stacks/${stackId}/script`, script),
    async addRun(stackId, run = {}) {
      const { id } = (await control('POST', `/stacks/${stackId}/runs`, run)) as { id: string };
      return id;
    },
    async stateVersionOf(runId) {
      const runs = (await control('GET', '/runs')) as readonly {
        readonly id: string;
        readonly stateVersion: number;
      }[];
      return runs.find(({ id }) => id === runId)?.stateVersion ?? -1;
    },
    async pursue(stackId, key, changes = {}, settings = RECORDED) {
      const { result } = await harness.pursue(stackId, key, changes, settings);
      const { runId } = await result;
      return {
        intent: intentIdOf(stackId, key),
        lane: laneExecutionId(ACCOUNT, stackId),
        ...(runId !== null && { run: runIdOf(stackId, runId) }),
      };
    },
    async tell(event, settings = RECORDED) {
      const delivery = deliveryFacts(`${event.runId}/${event.state}/${event.stateVersion}`);
      await harness.executions.signalWithStart(
        startOfRun(event, settings, event),
        { name: signalFor(event.type).name, payload: { events: [{ event, delivery }] } },
        'never',
      );
      return runIdOf(event.stackId, event.runId);
    },
    async record(key, event) {
      const start = startOfEvent(event, deliveryFacts(key), RECORDED);
      await harness.executions.start(start, 'never');
      return start.workflowId;
    },
    clearFaults: () => control('DELETE', '/faults'),
    endOf: (executionId) =>
      eventually(`the end of ${executionId}`, PATIENCE_MS, async () => {
        const handle = harness.handleOf(executionId);
        const { status } = await handle.describe();
        if (status.name === 'RUNNING') return null;
        // A lane returns nothing.
        const result: Partial<ExecutionResult> | null | undefined =
          status.name === 'COMPLETED' ? await handle.result() : null;
        return result?.outcome ?? status.name;
      }),
    knows: (executionId, text) =>
      eventually(`${text} in ${executionId}`, PATIENCE_MS, async () => {
        const progress = JSON.stringify(await harness.handleOf(executionId).query('progress'));
        return progress.includes(text) ? progress : null;
      }),
  };
}
