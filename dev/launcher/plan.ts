/** Everything about a launch that is settled before its first process starts. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EdgeRuntime, PART_NAMES, type PartName, type WorkerRuntime } from './part-names.ts';
import type { OnPathEvent } from './path-event.ts';
import { choosePorts, type Ports } from './ports.ts';
import { readSecrets, type Secrets } from './secrets.ts';
import { chooseSpacelift, type SpaceliftTarget } from './spacelift-target.ts';
import { givenTarget, ownTarget, type TemporalTarget } from './temporal-connection.ts';
import { type Env, inheritedEnv, withoutServices } from './toolchain.ts';

export type PlanOptions = {
  readonly workerRuntime?: WorkerRuntime;
  readonly edgeRuntime?: EdgeRuntime;
  /** `any` takes whatever is free, so that tests can run side by side. */
  readonly ports?: 'preferred' | 'any';
  /** Variables of single parts, over the launcher's own: intervals, log level. */
  readonly env?: Readonly<Partial<Record<PartName, Env>>>;
  /** Default `process.env`. */
  readonly hostEnv?: NodeJS.ProcessEnv;
};

export type Plan = {
  readonly stateDirectory: string;
  readonly logDirectory: string;
  readonly ports: Ports;
  readonly secrets: Secrets;
  readonly temporal: TemporalTarget;
  readonly spacelift: SpaceliftTarget;
  readonly workerRuntime: WorkerRuntime;
  readonly edgeRuntime: EdgeRuntime;
  readonly hostEnv: Env;
  /** The caller's environment without what names services and their credentials. */
  readonly inherited: Env;
  /** What the caller wants different, by part. */
  readonly env: Readonly<Partial<Record<PartName, Env>>>;
};

export const LOOPBACK = '127.0.0.1';

export const urlOf = (port: number): string => `http://${LOOPBACK}:${port}`;

export async function makePlan(
  stateDirectory: string,
  options: PlanOptions,
  onEvent: OnPathEvent,
): Promise<Plan> {
  const hostEnv = inheritedEnv(options.hostEnv ?? process.env);
  const logDirectory = join(stateDirectory, 'logs');
  await mkdir(logDirectory, { recursive: true });
  const secrets = await readSecrets(stateDirectory);
  const given = givenTarget(hostEnv);
  const { ports, moved } = await choosePorts(options.ports);
  for (const port of moved) onEvent({ is: 'port-moved', moved: port });
  // For whoever comes beside this launch, as `npm run inbox` does.
  await writeFile(join(stateDirectory, 'ports.json'), `${JSON.stringify(ports)}\n`);
  return {
    stateDirectory,
    logDirectory,
    ports,
    secrets,
    temporal:
      given ?? ownTarget(ports.temporal, await emptyTemporalConfig(stateDirectory), hostEnv),
    spacelift: chooseSpacelift(hostEnv, secrets, urlOf(ports.simulator)),
    workerRuntime: options.workerRuntime ?? 'bun',
    edgeRuntime: options.edgeRuntime ?? 'workerd',
    hostEnv,
    inherited: withoutServices(hostEnv),
    env: options.env ?? {},
  };
}

/** What the environment leaves for us to start, narrowed to what the caller asked for. */
export const wantedParts = (
  { temporal, spacelift }: Plan,
  asked: readonly PartName[] = PART_NAMES,
): readonly PartName[] =>
  PART_NAMES.filter((name) => {
    if (name === 'temporal' && !temporal.isOurs) return false;
    if (name === 'simulator' && !spacelift.isSimulated) return false;
    return asked.includes(name);
  });

/** A user's own profile may bring TLS or an API key, which the dev server would not understand. */
async function emptyTemporalConfig(stateDirectory: string): Promise<string> {
  const path = join(stateDirectory, 'temporal.toml');
  await writeFile(path, '[profile.default]\n');
  return path;
}
