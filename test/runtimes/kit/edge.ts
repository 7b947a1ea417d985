/** The edge as a real process: started on a free port, killed as a crash would, and started again on the same state. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSupervisor, type Part } from '../../../dev/launcher/processes.ts';
import type { Env } from '../../../dev/launcher/toolchain.ts';
import { launchOf, type Runtime, type Served } from './runtimes.ts';

/** A line of the edge's log. */
export type Line = Readonly<Record<string, unknown>>;

type Options = Pick<Served, 'env'> & Partial<Served>;

export type Edge = {
  readonly runtime: Runtime;
  readonly port: number;
  readonly url: string;
  readonly stateDirectory: string;
  /** All that it has logged since its first start. */
  readonly lines: readonly Line[];
  /** SIGKILL to the whole process group. */
  kill(): Promise<void>;
  /** SIGTERM, as whoever deploys does it. */
  stop(): Promise<void>;
  /** On the same state, with more or other variables. */
  start(changes?: Env): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

const READY_WITHIN_MS = 30_000;

/** What the edge inherits of whoever runs the tests. */
const INHERITED: Env = {
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? '',
  NO_PROXY: '127.0.0.1',
  no_proxy: '127.0.0.1',
};

export async function startEdge(runtime: Runtime, options: Options): Promise<Edge> {
  const folder = await mkdtemp(join(tmpdir(), `runtimes-${runtime}-`));
  const served: Served = {
    boundStarterPort: null,
    stateDirectory: join(folder, 'state'),
    ...options,
  };
  const lines: Line[] = [];
  const deaths: string[] = [];
  const supervisor = createSupervisor({
    logDirectory: folder,
    onDeath: ({ how, part }) => deaths.push(`${how}\n${part.lastLines().join('\n')}`),
  });
  let part: Part | null = null;
  let port: number | null = null;

  const hear = (text: string) => {
    const line = parseLine(text);
    if (line === null) return;
    port ??= portIn(line);
    lines.push(line);
  };

  const edge: Edge = {
    runtime,
    lines,
    stateDirectory: served.stateDirectory,
    get port() {
      if (port === null || deaths.length > 0)
        throw new Error(`Cannot ask the edge on ${runtime}: it is not running ${deaths.join()}`);
      return port;
    },
    get url() {
      return `http://127.0.0.1:${edge.port}`;
    },
    kill: () => end('kill'),
    stop: () => end('stop'),
    async start(changes = {}) {
      const launch = await launchOf(runtime, { ...served, env: { ...served.env, ...changes } });
      part = supervisor.add({
        ...launch,
        name: `edge-${runtime}`,
        env: { ...INHERITED, ...launch.env },
        readiness: { by: 'look', look: async () => port !== null },
        readyWithinMs: READY_WITHIN_MS,
      });
      part.listen(hear);
      const started = part;
      await part.start().catch((cause: unknown) => {
        throw new Error(`${String(cause)}\n${started.lastLines().join('\n')}`, { cause });
      });
    },
    async [Symbol.asyncDispose]() {
      await supervisor.close();
      await rm(folder, { recursive: true, force: true });
    },
  };

  async function end(how: 'kill' | 'stop'): Promise<void> {
    await part?.[how]();
    port = null;
  }

  await edge.start();
  return edge;
}

function parseLine(text: string): Line | null {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === 'object' ? (line as Line | null) : null;
  } catch {
    return null;
  }
}

/** workerd tells its port by itself, the others by the address in their own first line. */
function portIn(line: Line): number | null {
  if (line['event'] === 'listen') return Number(line['port']);
  if (line['msg'] === 'edge listening') return Number(new URL(String(line['url'])).port);
  return null;
}
