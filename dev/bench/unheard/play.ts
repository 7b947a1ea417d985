/**
 * Runs of which no webhook ever tells, on the whole path: every delivery is dropped, and executions learn of their runs by
 * sweeps and looks alone.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { runExecutionId, sweepScheduleId } from '../../../shared/contract/ids.ts';
import type { ExecutionResult } from '../../../shared/workflow/messages.ts';
import { webhookUrl } from '../../launcher/edge-client.ts';
import { eventually } from '../../launcher/eventually.ts';
import { type Path, startPath } from '../../launcher/path.ts';
import { createSimulatorClient, type SimulatorClient } from '../../launcher/simulator-client.ts';
import { createTemporalClient } from '../../launcher/temporal-connection.ts';

export type UnheardOptions = {
  readonly runs: number;
  readonly sweepIntervalMs: number;
  /** Of executions; after it they ask Spacelift. */
  readonly silenceMs: number;
  /** How long a run stays in each state. */
  readonly stateMs: number;
  /** The runs start spread over this. */
  readonly spreadMs: number;
};

export type Unheard = {
  /** As Spacelift knows it. */
  readonly state: string;
  readonly result: ExecutionResult;
  /** From the run's end in Spacelift to the end of its execution. */
  readonly lagMs: number;
};

export type UnheardResults = {
  readonly runs: readonly Unheard[];
  /** Deliveries that were due, none of which was sent. */
  readonly dropped: number;
  readonly sent: number;
};

/** Every fifth fails, so that there are results of both kinds. */
const FAILING_EACH = 5;

export async function playUnheard(options: UnheardOptions): Promise<UnheardResults> {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'spacelift-temporal-unheard-'));
  const silence = { SILENCE_MS: String(options.silenceMs) };
  const path = await startPath({
    stateDirectory,
    ports: 'any',
    env: {
      starter: silence,
      worker: { ...silence, SWEEP_INTERVAL_MS: String(options.sweepIntervalMs) },
      simulator: { SIMULATOR_STATE_MS: String(options.stateMs) },
    },
  });
  const { client, close } = createTemporalClient(path.temporal);
  const simulator = createSimulatorClient(path.urls.simulator);
  try {
    await firstSweep(client, path);
    await deafen(simulator, path);
    const runs = await startRuns(simulator, options);
    const followed = await Promise.all(
      runs.map((run) => follow(client, simulator, path, run, options)),
    );
    const { deliveries } = await simulator.counts();
    const { dropped, delivered, failed, pending } = deliveries;
    return { runs: followed, dropped, sent: delivered + failed + pending };
  } finally {
    await close();
    await path.stop();
    await rm(stateDirectory, { recursive: true, force: true });
  }
}

/** It reacts to nothing that was there before. */
const firstSweep = (client: Client, { spacelift }: Path) =>
  eventually('the first sweep', 60_000, async () => {
    const schedule = client.schedule.getHandle(sweepScheduleId(spacelift.account));
    const { info } = await schedule.describe();
    const swept = info.recentActions[0]?.action.workflow.workflowId;
    if (swept === undefined) return null;
    const { status } = await client.workflow.getHandle(swept).describe();
    return status.name === 'COMPLETED' ? true : null;
  });

async function deafen(simulator: SimulatorClient, path: Path): Promise<void> {
  await simulator.addWebhook({
    url: webhookUrl(path.urls.edge, null),
    secret: path.secrets.webhookSecret,
    family: 'default',
    retryOnFailure: true,
    faults: { drop: 1 },
  });
}

type Run = { readonly stackId: string; readonly runId: string };

async function startRuns(
  simulator: SimulatorClient,
  { runs, spreadMs }: UnheardOptions,
): Promise<readonly Run[]> {
  const started: Run[] = [];
  for (let index = 0; index < runs; index += 1) {
    const stackId = `unheard-${index}`;
    await simulator.addStack({ id: stackId, autodeploy: true });
    if (index % FAILING_EACH === 0) await simulator.script(stackId, { failAt: 'APPLYING' });
    const { id } = await simulator.startRun(stackId);
    started.push({ stackId, runId: id });
    await sleep(spreadMs / runs);
  }
  return started;
}

async function follow(
  client: Client,
  simulator: SimulatorClient,
  { spacelift }: Path,
  { stackId, runId }: Run,
  options: UnheardOptions,
): Promise<Unheard> {
  const executionId = runExecutionId(spacelift.account, stackId, runId);
  const handle = client.workflow.getHandle<() => Promise<ExecutionResult>>(executionId);
  // Two sweeps and a silence at the most, and the machine may be slow.
  const withinMs = 2 * options.sweepIntervalMs + options.silenceMs + 120_000;
  const closedAt = await eventually(`the result of ${executionId}`, withinMs, async () => {
    const { closeTime } = await handle.describe();
    return closeTime ?? null;
  });
  const [run] = await simulator.runs(stackId);
  const endedAt = run?.history.at(-1)?.at ?? NaN;
  return {
    state: run?.state ?? '',
    result: await handle.result(),
    lagMs: closedAt.getTime() - endedAt,
  };
}
