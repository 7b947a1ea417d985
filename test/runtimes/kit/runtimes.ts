/** The runtimes of the edge, and how it is started on each: as its npm script says, and no code of the edge. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Env, PROJECT_ROOT } from '../../../dev/launcher/toolchain.ts';
import { workerdCommand } from './workerd.ts';

export const RUNTIMES = ['workerd', 'node', 'bun', 'deno'] as const;

export type Runtime = (typeof RUNTIMES)[number];

export type Served = {
  readonly env: Env;
  readonly stateDirectory: string;
  /** Port of a starter behind a service binding; only a Worker has such a thing. */
  readonly boundStarterPort: number | null;
};

export type Launch = {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Env;
};

export async function launchOf(runtime: Runtime, served: Served): Promise<Launch> {
  const { env, stateDirectory } = served;
  if (runtime === 'workerd') return { ...(await workerdCommand(served)), env: {} };
  return {
    ...scriptCommand(runtime, served),
    env: { EDGE_HOST: '127.0.0.1', EDGE_PORT: '0', EDGE_STATE_DIRECTORY: stateDirectory, ...env },
  };
}

const { scripts } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** Another folder and the names of the secrets are what an operator changes in the script for Deno as well. */
function scriptCommand(runtime: Runtime, { env, stateDirectory }: Served) {
  const [command = '', ...args] = (scripts[`edge:${runtime}`] ?? '').split(' ');
  return {
    command: join(PROJECT_ROOT, 'node_modules', '.bin', command),
    args: args.map((arg) => {
      if (arg.startsWith('--allow-env='))
        return [arg, ...Object.keys(env).flatMap((name) => [name, `${name}_PREVIOUS`])].join();
      if (arg === `edge/${runtime}.ts`) return join(PROJECT_ROOT, arg);
      return arg.replace(/=\.edge$/, `=${stateDirectory}`);
    }),
  };
}
