/**
 * What the experiments play on: one Temporal server, the simulator and a starter for all of them, and one worker at a time,
 * the project's or the bare one, as a process of its own.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import getPort from 'get-port';
import { parseStarterConfig } from '../../../worker/config.ts';
import { createExecutions, type StarterExecutions } from '../../../worker/executions.ts';
import { bundleWorkflow } from '../../../worker/temporal-worker.ts';
import { markBundle } from '../../../worker/workflow-bundle.ts';
import { type Path, startPath } from '../../launcher/path.ts';
import { createSupervisor, type Part, type Supervisor } from '../../launcher/processes.ts';
import { createSimulatorClient, type SimulatorClient } from '../../launcher/simulator-client.ts';
import { createTemporalClient } from '../../launcher/temporal-connection.ts';
import { bunPath, nodePath, PROJECT_ROOT } from '../../launcher/toolchain.ts';
import type { Routing } from '../../../worker/starter/route.ts';

export type Side = 'ours' | 'bare';
export type Runtime = 'node' | 'bun';

export type Stage = {
  readonly path: Path;
  readonly client: Client;
  readonly executions: StarterExecutions;
  readonly routing: Routing;
  readonly simulator: SimulatorClient;
  /** A name that nothing on the stage has yet. */
  readonly newName: (prefix: string) => string;
  /** Runs `work` beside that worker, which is ended afterwards. */
  readonly withWorker: <T>(
    side: Side,
    runtime: Runtime,
    work: (workerPid: number) => Promise<T>,
  ) => Promise<T>;
  /** A process of the bench's own beside the parts, which is ended after `work`. */
  readonly withScript: <T>(script: BenchScript, work: (part: Part) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
};

/**
 * A stage on which nothing is propagated: for each run that finishes the registry would read all stacks there are, of which
 * a bench has very many.
 */
export function withoutPropagation(stage: Stage): Stage {
  const { propagation: _, ...settings } = stage.routing.settings;
  return { ...stage, routing: { ...stage.routing, settings } };
}

export type BenchScript = {
  readonly name: string;
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  /** Printed when it is ready. */
  readonly readyLine: string;
};

/** Runs last as short as they can: none of the figures is about Spacelift. */
const SIMULATOR = { SIMULATOR_STATE_MS: '1' };

/** More executions than any experiment opens, so that none is put away and replayed. */
const CACHED_WORKFLOWS = '4000';

export async function openStage(folder: string): Promise<Stage> {
  const path = await startPath({
    stateDirectory: folder,
    ports: 'any',
    parts: ['temporal', 'simulator', 'starter'],
    env: { simulator: SIMULATOR },
  });
  const supervisor = createSupervisor({ logDirectory: folder, onDeath: () => {} });
  const { client, close } = createTemporalClient(path.temporal);
  const bundles = await bundleBoth(folder);
  const { settings, observedRunTypes } = parseStarterConfig({ ENVELOPE_SECRET: 'unused' });
  let names = 0;
  const surroundings = { path, folder, supervisor, bundles };
  return {
    path,
    client,
    executions: createExecutions(client),
    routing: { settings, observedRunTypes },
    simulator: createSimulatorClient(path.urls.simulator),
    newName: (prefix) => `${prefix}-${(names += 1)}`,
    withWorker: async (side, runtime, work) =>
      withPart(supervisor, await workerPart(side, runtime, surroundings), (part) =>
        work(part.pid ?? 0),
      ),
    withScript: (script, work) => withPart(supervisor, scriptPart(script, surroundings), work),
    async close() {
      await supervisor.close();
      await close();
      await path.stop();
    },
  };
}

type Surroundings = {
  readonly path: Path;
  readonly folder: string;
  readonly supervisor: Supervisor;
  readonly bundles: Readonly<Record<Side, string>>;
};

async function withPart<T>(
  supervisor: Supervisor,
  spec: Parameters<Supervisor['add']>[0],
  work: (part: Part) => Promise<T>,
): Promise<T> {
  const part = supervisor.add(spec);
  try {
    await part.start();
    return await work(part);
  } finally {
    await part.stop();
  }
}

/** What a worker prints goes to a file: reading it would cost this process more than some contenders do. */
const INTO_FILE = ['-c', 'exec "$0" "$@" >"$OUTPUT_FILE" 2>&1'];

let starts = 0;

function scriptPart(script: BenchScript, { path, folder }: Surroundings, command = nodePath()) {
  const file = join(folder, `${script.name}-${(starts += 1)}.log`);
  return {
    name: script.name,
    command: '/bin/sh',
    args: [...INTO_FILE, command, script.path],
    env: {
      PATH: process.env['PATH'] ?? '',
      ...path.temporal.env,
      ...script.env,
      OUTPUT_FILE: file,
    },
    readiness: { by: 'look' as const, look: () => holds(file, script.readyLine) },
  };
}

const holds = async (file: string, line: string): Promise<boolean> =>
  (await readFile(file, 'utf8').catch(() => '')).includes(line);

async function workerPart(side: Side, runtime: Runtime, surroundings: Surroundings) {
  const { spacelift } = surroundings.path;
  const [port, sdkMetricsPort] = [await getPort(), await getPort()];
  return scriptPart(
    {
      name: `worker-${side}-${runtime}`,
      path: side === 'ours' ? join(PROJECT_ROOT, 'worker/worker.ts') : fileOf('bare/worker.ts'),
      readyLine: side === 'ours' ? 'worker running' : 'bare worker polls',
      env: {
        LOG_LEVEL: 'info',
        SPACELIFT_API_KEY_ENDPOINT: spacelift.endpoint,
        SPACELIFT_API_KEY_ID: spacelift.apiKeyId,
        SPACELIFT_API_KEY_SECRET: spacelift.apiKeySecret,
        SPACELIFT_ACCOUNT: spacelift.account,
        SPACELIFT_MAX_REQUESTS_PER_SECOND: '10000',
        SWEEP_INTERVAL_MS: '0',
        WORKFLOW_BUNDLE: surroundings.bundles[side],
        MAX_CACHED_WORKFLOWS: CACHED_WORKFLOWS,
        WORKER_PORT: String(port),
        WORKER_SDK_METRICS_PORT: String(sdkMetricsPort),
      },
    },
    surroundings,
    runtime === 'bun' ? bunPath() : nodePath(),
  );
}

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

async function bundleBoth(folder: string): Promise<Record<Side, string>> {
  const [ours, bare] = [join(folder, 'ours.js'), join(folder, 'bare.js')];
  await writeFile(ours, await markBundle((await bundleWorkflow()).code));
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileOf('bare/workflows.ts'),
    logger: new DefaultLogger('WARN'),
  });
  await writeFile(bare, code);
  return { ours, bare };
}
