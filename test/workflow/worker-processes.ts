/** The project's worker as operators run it: processes of their own beside a harness, which can be killed without a word. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SpaceliftAccount } from '../../shared/activities/spacelift/client.ts';
import { bundleWorkflow } from '../../worker/temporal-worker.ts';
import { markBundle } from '../../worker/workflow-bundle.ts';
import { ACCOUNT } from '../events.ts';
import { type Line, startScript } from '../worker/processes.ts';
import type { Harness } from './harness.ts';

export const SIMULATOR_KEY = {
  keyId: '01JSIMULATORKEY00000000000',
  keySecret: 'simulator-secret',
} as const;

export type WorkerProcessesOptions = {
  /** Each with a task queue of its own; without them the simulator's account, which has none. */
  readonly accounts?: readonly SpaceliftAccount[];
  readonly callsPerSecond: number;
  readonly deadlineMs: number;
  /** In place of the usual one. */
  readonly bundle?: { readonly code: string };
  /** Before the script. */
  readonly nodeArguments?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
};

export type WorkerProcesses = Awaited<ReturnType<typeof prepareWorkerProcesses>>;

/** Nothing runs yet. All processes load the same bundle. */
export async function prepareWorkerProcesses(
  { env, simulatorUrl }: Harness,
  { accounts, callsPerSecond, deadlineMs, ...options }: WorkerProcessesOptions,
) {
  const folder = await mkdtemp(join(tmpdir(), 'spacelift-temporal-workers-'));
  const bundle = join(folder, 'workflow.js');
  const { code } = options.bundle ?? (await bundleWorkflow());
  await writeFile(bundle, await markBundle(code));
  const keys =
    accounts === undefined
      ? keyVariables({ account: ACCOUNT, endpoint: simulatorUrl, ...SIMULATOR_KEY }, '')
      : Object.assign({}, ...accounts.map((key) => keyVariables(key, suffixOf(key.account))));
  const names =
    accounts === undefined
      ? { SPACELIFT_ACCOUNT: ACCOUNT }
      : { SPACELIFT_ACCOUNTS: accounts.map(({ account }) => account).join(',') };
  const variables: Readonly<Record<string, string>> = {
    ...keys,
    ...names,
    TEMPORAL_ADDRESS: env.address,
    TEMPORAL_NAMESPACE: env.namespace ?? 'default',
    SPACELIFT_DEADLINE_MS: String(deadlineMs),
    SPACELIFT_MAX_REQUESTS_PER_SECOND: String(callsPerSecond),
    WORKER_PORT: '0',
    WORKER_SDK_METRICS_PORT: '0',
    WORKFLOW_BUNDLE: bundle,
    LOG_LEVEL: 'info',
    ...options.variables,
  };
  const running: ReturnType<typeof startScript>[] = [];
  const ended: Line[] = [];

  const start = async (): Promise<void> => {
    const script = [...(options.nodeArguments ?? []), 'worker/worker.ts'];
    const worker = startScript('node', script, variables);
    running.push(worker);
    await worker.line('worker running');
  };

  return {
    /** Resolves when it runs; rejects with what it ended with. */
    start,
    /** Without a word; another takes its place. */
    async kill(): Promise<void> {
      const killed = running.pop();
      killed?.kill('SIGKILL');
      const starting = start();
      ended.push(...((await killed?.ended)?.lines ?? []));
      await starting;
    },
    /** Whenever the worker dies, however it does, another takes its place; dead before it ran counts as well. */
    keepRunning() {
      const over = new AbortController();
      const reviving = (async () => {
        while (!over.signal.aborted) {
          await start().catch(() => {});
          const worker = running.at(-1);
          const lines = (await worker?.ended)?.lines ?? [];
          if (over.signal.aborted) return;
          ended.push(...lines);
          running.pop();
        }
      })();
      return {
        stop: async () => {
          over.abort();
          running.at(-1)?.kill('SIGKILL');
          await reviving;
        },
      };
    },
    /** What all have logged, those that were killed too. */
    lines: (): readonly Line[] => [...ended, ...running.flatMap(({ lines }) => lines)],
    async stop(): Promise<void> {
      for (const worker of running) await worker[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const suffixOf = (account: string) => `_${account.toUpperCase().replaceAll('-', '_')}`;

const keyVariables = ({ endpoint, keyId, keySecret }: SpaceliftAccount, suffix: string) => ({
  [`SPACELIFT_API_KEY_ENDPOINT${suffix}`]: endpoint,
  [`SPACELIFT_API_KEY_ID${suffix}`]: keyId,
  [`SPACELIFT_API_KEY_SECRET${suffix}`]: keySecret,
});
