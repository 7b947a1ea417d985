/**
 * The parts as child processes. Each leads a process group of its own and is always ended as a group: wrangler alone is
 * four processes, of which only the first would hear a signal. Lines of output go to the part's log file and to
 * whoever listens; a part that dies unasked is reported, never restarted.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Guard, startGuard } from './guarding.ts';
import { createPartOutput, type PartOutput } from './part-output.ts';
import { isReady, type Readiness } from './readiness.ts';
import { type Env, PROJECT_ROOT } from './toolchain.ts';

export type PartSpec = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Env;
  readonly readiness: Readiness;
  readonly readyWithinMs?: number;
  /** How long SIGTERM may take before SIGKILL follows. */
  readonly graceMs?: number;
};

export type Part = {
  readonly name: string;
  readonly logFile: string;
  readonly pid: number | null;
  /** Starts the process and waits until it is ready. */
  start(): Promise<void>;
  /** SIGTERM to the group; SIGKILL when the grace is over. */
  stop(): Promise<void>;
  /** SIGKILL to the group, as a crash would. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** SIGSTOP to the group: it answers nobody and keeps its connections, until it is thawed, stopped or killed. */
  freeze(): void;
  /** SIGCONT to the group. */
  thaw(): void;
  readonly lastLines: PartOutput['lastLines'];
  /** Hears every line from now on, until the returned function is called. */
  readonly listen: PartOutput['listen'];
};

export type Death = { readonly part: Part; readonly how: string };

export type Supervisor = {
  add(spec: PartSpec): Part;
  /** Kills what is left and lets the guard go. */
  close(): Promise<void>;
};

type Surroundings = {
  readonly logDirectory: string;
  readonly guard: Guard;
  readonly onDeath: (death: Death) => void;
  readonly isClosed: () => boolean;
};

/** Bundling the workflow on a loaded machine takes longest. */
const READY_WITHIN_MS = 120_000;
const READY_POLL_MS = 100;
const GRACE_MS = 5000;
/** What a dead process still has in its pipes is read within this. */
const LAST_WORDS_MS = 500;

/** A part's process, from spawn to the end of its whole group. */
type Life = { readonly pid: number; readonly ended: Promise<string>; isOver: boolean };

export function createSupervisor(options: {
  readonly logDirectory: string;
  readonly onDeath: (death: Death) => void;
}): Supervisor {
  const guard = startGuard();
  const parts: Part[] = [];
  let isClosed = false;
  return {
    add(spec) {
      const part = createPart(spec, { ...options, guard, isClosed: () => isClosed });
      parts.push(part);
      return part;
    },
    async close() {
      isClosed = true;
      await Promise.all(parts.map((part) => part.kill()));
      guard.dismiss();
    },
  };
}

function createPart(spec: PartSpec, surroundings: Surroundings): Part {
  const { name, graceMs = GRACE_MS } = spec;
  const output = createPartOutput(join(surroundings.logDirectory, `${name}.log`));
  let life: Life | null = null;
  let isWatched = false;

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    isWatched = false;
    const current = life;
    if (current === null || current.isOver) return;
    signalGroup(current.pid, signal);
    if (signal === 'SIGTERM') {
      // A frozen group would hear of it only once thawed; SIGKILL needs no hearing.
      signalGroup(current.pid, 'SIGCONT');
      await within(graceMs, current.ended);
      signalGroup(current.pid, 'SIGKILL');
    }
    await current.ended;
  }

  function signalLife(signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (life !== null && !life.isOver) signalGroup(life.pid, signal);
  }

  async function reportDeath(current: Life): Promise<void> {
    const how = await current.ended;
    if (isWatched && life === current) surroundings.onDeath({ part, how });
  }

  const part: Part = {
    name,
    logFile: output.logFile,
    get pid() {
      return life === null || life.isOver ? null : life.pid;
    },
    async start() {
      if (surroundings.isClosed()) throw new Error(`Cannot start ${name}: everything is stopping`);
      if (part.pid !== null) throw new Error(`Cannot start ${name}: it is running`);
      const current = await launch(spec, output, surroundings.guard);
      life = current;
      isWatched = false;
      await becomeReady(spec, current, output);
      isWatched = true;
      void reportDeath(current);
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGTERM');
      await part.start();
    },
    freeze: () => signalLife('SIGSTOP'),
    thaw: () => signalLife('SIGCONT'),
    lastLines: output.lastLines,
    listen: output.listen,
  };
  return part;
}

async function launch(spec: PartSpec, output: PartOutput, guard: Guard): Promise<Life> {
  const child = spawn(spec.command, spec.args, {
    cwd: PROJECT_ROOT,
    env: spec.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = exitOf(child);
  const closed = closeOf(child);
  const pid = await pidOf(child, spec);
  guard.watch(pid);
  output.open();
  output.take(child.stdout);
  output.take(child.stderr);
  const life: Life = {
    pid,
    isOver: false,
    ended: exited.then(async (how) => {
      // What the leader leaves behind (workerd after a killed wrangler) goes with it; then its last lines can come.
      signalGroup(pid, 'SIGKILL');
      await within(LAST_WORDS_MS, closed);
      guard.forget(pid);
      life.isOver = true;
      return how;
    }),
  };
  return life;
}

const pidOf = (child: ChildProcess, { name, command }: PartSpec): Promise<number> =>
  new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(
        new Error(`Cannot start ${name}: "${command}" does not run (${cause.message})`, { cause }),
      ),
    );
    child.once('spawn', () => resolve(child.pid ?? 0));
  });

const exitOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once('exit', (code, signal) =>
      resolve(signal === null ? `exit code ${code}` : `signal ${signal}`),
    );
  });

const closeOf = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('close', () => resolve());
  });

async function becomeReady(spec: PartSpec, life: Life, output: PartOutput): Promise<void> {
  const { name, readiness, readyWithinMs = READY_WITHIN_MS } = spec;
  const deadline = Date.now() + readyWithinMs;
  while (!(await isReady(readiness, output))) {
    if (life.isOver) throw new Error(`Cannot start ${name}: it ended with ${await life.ended}`);
    if (Date.now() > deadline) {
      signalGroup(life.pid, 'SIGKILL');
      throw new Error(`Cannot start ${name}: it is not ready after ${readyWithinMs / 1000} s`);
    }
    await Promise.race([life.ended, sleep(READY_POLL_MS)]);
  }
}

/** Waits for what is expected, but no longer than this. */
async function within(limitMs: number, expected: Promise<unknown>): Promise<void> {
  const waiting = new AbortController();
  await Promise.race([
    expected,
    sleep(limitMs, undefined, { signal: waiting.signal }).catch(() => {}),
  ]);
  waiting.abort();
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}
