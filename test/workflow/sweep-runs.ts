/** Runs at the simulator, by its control API or as a person acts on them; no webhook tells of them unless let. */
import { eventually } from '../../dev/launcher/eventually.ts';
import { type Harness, runIdOf } from './harness.ts';

const WEBHOOK = 'webhook-1';

const PATIENCE_MS = 40_000;

export type ShownRun = {
  readonly id: string;
  readonly stack: string;
  readonly history: readonly { readonly state: string }[];
};

export const stateOf = ({ history }: ShownRun): string => history.at(-1)?.state ?? '';

type Decision = 'runConfirm' | 'runDiscard' | 'runStop';

export function createSweepRuns(
  harness: Pick<Harness, 'control' | 'simulatorUrl' | 'handleOf' | 'addStack'>,
) {
  const { control } = harness;

  const shownRuns = async () => (await control('GET', '/runs')) as readonly ShownRun[];

  const inState = (runId: string, state: string) =>
    eventually(`${runId} in ${state}`, PATIENCE_MS, async () => {
      const run = (await shownRuns()).find(({ id }) => id === runId);
      return run !== undefined && stateOf(run) === state ? true : null;
    });

  async function startRun(stack: string, type = 'TRACKED'): Promise<string> {
    const run = (await control('POST', `/stacks/${stack}/runs`, { type })) as ShownRun;
    return run.id;
  }

  async function post(query: string, authorization?: string) {
    const answer = await fetch(`${harness.simulatorUrl}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(authorization !== undefined && { authorization }),
      },
      body: JSON.stringify({ query }),
    });
    return (await answer.json()) as { data: { apiKeyUser: { jwt: string } } };
  }

  const executionOf = (stack: string, runId: string) => harness.handleOf(runIdOf(stack, runId));

  return {
    shownRuns,
    startRun,
    inState,
    executionOf,
    /** The share of deliveries that are lost. */
    loseDeliveries: (drop: number) => control('POST', `/webhooks/${WEBHOOK}/faults`, { drop }),
    /** A run that has ended, of a stack of its own. */
    async endedRun(stack: string): Promise<string> {
      await harness.addStack(stack);
      const runId = await startRun(stack);
      await inState(runId, 'FINISHED');
      return runId;
    },
    /** A run that waits for a person. */
    async waitingRun(stack: string): Promise<string> {
      await control('POST', '/stacks', { id: stack, autodeploy: false });
      const runId = await startRun(stack);
      await inState(runId, 'UNCONFIRMED');
      return runId;
    },
    async decide(decision: Decision, stack: string, run: string): Promise<void> {
      const { data } = await post(
        'mutation { apiKeyUser(id: "01JSIMULATORKEY00000000000", secret: "simulator-secret") { jwt } }',
      );
      const mutation = `mutation { ${decision}(stack: "${stack}", run: "${run}") { id } }`;
      await post(mutation, `Bearer ${data.apiKeyUser.jwt}`);
    },
    /** Until the run's execution has seen it in that state. */
    knows: (stack: string, runId: string, state: string) =>
      eventually(`${state} in the execution of ${runId}`, PATIENCE_MS, async () => {
        const progress = await executionOf(stack, runId).query<object>('progress');
        return JSON.stringify(progress).includes(state) ? true : null;
      }),
    statusOf: (stack: string, runId: string) =>
      executionOf(stack, runId)
        .describe()
        .then(
          ({ status }) => status.name,
          () => 'MISSING',
        ),
  };
}
