/** `npm run propagate`: what would run below a stack, where a propagation stands, and how to call one off. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { SpaceliftFailure } from '../../shared/activities/spacelift/failure.ts';
import { propagationExecutionId } from '../../shared/contract/ids.ts';
import type { NodeView, PropagationResult } from '../../shared/workflow/propagation-messages.ts';
import { parseWorkerConfig, type WorkerConfig } from '../config.ts';
import { createDataConverter } from '../payloads/data-converter.ts';
import { createSpaceliftClients } from '../spacelift-clients.ts';
import { ConfigurationError } from '../variables.ts';
import { forecast } from './forecast.ts';
import { toMermaid, toTable, toTree } from './show.ts';
import { surroundingsOf } from './surroundings.ts';

const EXIT = { fine: 0, refused: 1, usage: 2 } as const;

const USAGE = `npm run propagate -- plan <stack> [--json | --mermaid] [--account=<account>]
npm run propagate -- show <run> [--json] [--account=<account>]
npm run propagate -- cancel <run> [--account=<account>]

plan    what would run after the stack, in which order, what would hold it, how long it would take; does nothing
show    every stack of the propagation that the run began: its phase, its run, and why
cancel  starts nothing more; runs that have started go on
Reads the worker's environment; beside \`npm start\` it needs none.`;

/** Where the launcher keeps what it has to remember. */
const STATE_DIRECTORY = fileURLToPath(new URL('../../.dev', import.meta.url));

type Config = WorkerConfig & { readonly env: Awaited<ReturnType<typeof surroundingsOf>> };

type Options = { readonly json: boolean; readonly mermaid: boolean; readonly account: string };

process.exitCode = await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        mermaid: { type: 'boolean' },
        account: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const [command, name, ...rest] = positionals;
    if (values.help === true) return say(USAGE);
    if (name === undefined || rest.length > 0) return complain(USAGE, EXIT.usage);
    const env = await surroundingsOf(process.env, STATE_DIRECTORY);
    const config = { ...parseWorkerConfig(env), env };
    const account = values.account ?? config.spacelift[0]?.account ?? '';
    const options = { json: values.json === true, mermaid: values.mermaid === true, account };
    if (command === 'plan') return await plan(config, name, options);
    if (command === 'show') return await show(config, name, options);
    if (command === 'cancel') return await cancel(config, name, options);
    return complain(USAGE, EXIT.usage);
  } catch (error) {
    if (error instanceof ConfigurationError || error instanceof SpaceliftFailure)
      return complain(error.message, EXIT.refused);
    if (error instanceof WorkflowNotFoundError)
      return complain('Cannot find the propagation: that run began none', EXIT.refused);
    if (error instanceof TypeError && 'code' in error) return complain(error.message, EXIT.usage);
    throw error;
  }
}

async function plan(
  config: Config,
  stackId: string,
  { json, mermaid, account }: Options,
): Promise<number> {
  const { propagation } = config.sweep.settings;
  if (propagation === undefined) return complain('Cannot plan: PROPAGATION is false', EXIT.refused);
  const client = createSpaceliftClients(config)(account);
  const found = await forecast(client, stackId, propagation, Date.now());
  say(json ? JSON.stringify(found, null, 2) : mermaid ? toMermaid(found) : toTree(found));
  return found.refusal === null ? EXIT.fine : EXIT.refused;
}

type State = { readonly outcome: string; readonly nodes: readonly NodeView[] };

async function show(config: Config, runId: string, options: Options): Promise<number> {
  return withPropagation(config, runId, options, async (handle) => {
    const { status } = await handle.describe();
    const state: State =
      status.name === 'COMPLETED'
        ? await handle.result()
        : { ...(await handle.query<State>('progress')), outcome: status.name.toLowerCase() };
    const { json } = options;
    return say(json ? JSON.stringify(state, null, 2) : `${state.outcome}\n${toTable(state.nodes)}`);
  });
}

function cancel(config: Config, runId: string, options: Options): Promise<number> {
  return withPropagation(config, runId, options, async (handle) => {
    await handle.cancel();
    return say(`Cancelled ${handle.workflowId}; runs that have started go on`);
  });
}

async function withPropagation(
  { payloadKeys, env }: Config,
  runId: string,
  { account }: Options,
  act: (handle: ReturnType<typeof handleOf>) => Promise<number>,
): Promise<number> {
  const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: { ...env } });
  const connection = await Connection.connect(connectionOptions);
  try {
    const dataConverter = createDataConverter(payloadKeys);
    const client = new Client({ connection, namespace: namespace ?? 'default', dataConverter });
    return await act(handleOf(client, propagationExecutionId(account, runId)));
  } finally {
    await connection.close();
  }
}

function handleOf(client: Client, executionId: string) {
  return client.workflow.getHandle<() => Promise<PropagationResult>>(executionId);
}

function say(text: string): number {
  process.stdout.write(`${text}\n`);
  return EXIT.fine;
}

function complain(text: string, exit: number): number {
  process.stderr.write(`${text}\n`);
  return exit;
}
