import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import {
  createSupervisor,
  type Death,
  type Part,
  type PartSpec,
} from '../../../dev/launcher/processes.ts';
import { inheritedEnv, nodePath } from '../../../dev/launcher/toolchain.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** Starts a child that outlives its parent, tells its id, and stays. */
const FAMILY = 'sleep 300 & echo "child $!"; echo ready; wait';

async function supervised() {
  const directory = await temporaryDirectory();
  const deaths: Death[] = [];
  const supervisor = createSupervisor({
    logDirectory: directory.path,
    onDeath: (death) => deaths.push(death),
  });
  return {
    deaths,
    add: (script: string, more: Partial<PartSpec> = {}) =>
      supervisor.add({
        name: 'subject',
        command: 'sh',
        args: ['-c', script],
        env: inheritedEnv(process.env),
        readiness: { by: 'line', pattern: /^ready$/ },
        ...more,
      }),
    close: () => supervisor.close(),
    async [Symbol.asyncDispose]() {
      await supervisor.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function diesSoon(pid: number): Promise<boolean> {
  for (let waited = 0; waited < 10_000 && isAlive(pid); waited += 20) await sleep(20);
  return !isAlive(pid);
}

const childOf = (part: Part): number =>
  Number(
    part
      .lastLines()
      .find((line) => line.startsWith('child '))
      ?.slice('child '.length),
  );

test.each(['stop', 'kill'] as const)('part.%s() ends the whole process group', async (way) => {
  await using subject = await supervised();
  const part = subject.add(FAMILY);
  await part.start();
  const child = childOf(part);
  expect(isAlive(child)).toBe(true);
  await part[way]();
  expect(part.pid).toBeNull();
  expect(await diesSoon(child)).toBe(true);
  expect(subject.deaths).toEqual([]);
});

test('part.stop() kills what ignores SIGTERM once the grace is over', async () => {
  await using subject = await supervised();
  const part = subject.add('trap "" TERM; echo ready; while true; do sleep 0.1; done', {
    graceMs: 200,
  });
  await part.start();
  await part.stop();
  expect(part.pid).toBeNull();
});

test('part.stop() lets a process that hears SIGTERM finish', async () => {
  await using subject = await supervised();
  const part = subject.add(
    'trap "sleep 0.2; echo goodbye; exit 0" TERM; echo ready; while true; do sleep 0.05; done',
  );
  await part.start();
  await part.stop();
  expect(part.lastLines()).toContain('goodbye');
});

test('a leader that dies takes its group along and is reported with its last lines', async () => {
  await using subject = await supervised();
  const part = subject.add(`${FAMILY} & sleep 0.3; echo "out of memory" >&2; exit 3`);
  await part.start();
  const child = childOf(part);
  while (subject.deaths.length === 0) await sleep(20);
  expect(subject.deaths).toEqual([{ part, how: 'exit code 3' }]);
  expect(part.lastLines()).toContain('out of memory');
  expect(await diesSoon(child)).toBe(true);
});

test('part.start() says how a part ended that never got ready', async () => {
  await using subject = await supervised();
  const part = subject.add('echo "port is taken"; exit 7');
  await expect(part.start()).rejects.toThrow('Cannot start subject: it ended with exit code 7');
  expect(part.lastLines()).toEqual(['port is taken']);
  expect(subject.deaths).toEqual([]);
});

test('part.start() gives up on a part that does not get ready, and ends it', async () => {
  await using subject = await supervised();
  const part = subject.add('sleep 300', { readyWithinMs: 300 });
  await expect(part.start()).rejects.toThrow('Cannot start subject: it is not ready after 0.3 s');
  while (part.pid !== null) await sleep(20);
});

test('part.start() names a command that is not there', async () => {
  await using subject = await supervised();
  const part = subject.add('', { command: '/nowhere/tool' });
  await expect(part.start()).rejects.toThrow('Cannot start subject: "/nowhere/tool" does not run');
});

test('part.restart() starts a new process and keeps one log', async () => {
  await using subject = await supervised();
  const part = subject.add('echo "I am $$"; echo ready; sleep 300');
  await part.start();
  const before = part.pid;
  await part.restart();
  expect(part.pid).not.toBe(before);
  expect(isAlive(part.pid ?? 0)).toBe(true);
  const log = await readFile(part.logFile, 'utf8');
  expect(log.match(/^I am \d+$/gm)).toHaveLength(2);
});

const TICKING = 'echo ready; while true; do echo tick; sleep 0.05; done & wait';

async function tickingPart(subject: Awaited<ReturnType<typeof supervised>>) {
  const part = subject.add(TICKING, { graceMs: 5000 });
  let ticks = 0;
  part.listen((line) => {
    if (line === 'tick') ticks += 1;
  });
  await part.start();
  /** How many ticks come within a time in which at least six are due. */
  const ticksSoon = async () => {
    const before = ticks;
    await sleep(500);
    return ticks - before;
  };
  return { part, ticksSoon };
}

test('part.freeze() stops the whole group where it stands, part.thaw() lets it go on', async () => {
  await using subject = await supervised();
  const { part, ticksSoon } = await tickingPart(subject);
  expect(await ticksSoon()).toBeGreaterThan(0);
  part.freeze();
  await sleep(200); // What was in the pipe is read.
  expect(await ticksSoon()).toBe(0);
  expect(part.pid).not.toBeNull();
  part.thaw();
  expect(await ticksSoon()).toBeGreaterThan(0);
  expect(subject.deaths).toEqual([]);
});

test.each(['stop', 'kill', 'restart'] as const)('part.%s() works on a frozen part', async (way) => {
  await using subject = await supervised();
  const { part, ticksSoon } = await tickingPart(subject);
  const before = part.pid;
  part.freeze();
  const startedAt = Date.now();
  await part[way]();
  expect(Date.now() - startedAt).toBeLessThan(4000);
  expect(await diesSoon(before ?? 0)).toBe(true);
  if (way === 'restart') expect(await ticksSoon()).toBeGreaterThan(0);
  else expect(part.pid).toBeNull();
  expect(subject.deaths).toEqual([]);
});

test('part.freeze() and part.thaw() leave a part alone that does not run', async () => {
  await using subject = await supervised();
  const part = subject.add(FAMILY);
  part.freeze();
  part.thaw();
  await part.start();
  await part.kill();
  part.freeze();
  part.thaw();
  expect(part.pid).toBeNull();
});

test('part.listen() hears lines until it is told not to', async () => {
  await using subject = await supervised();
  const part = subject.add('echo ready; while true; do echo tick; sleep 0.05; done');
  const heard: string[] = [];
  const silence = part.listen((line) => heard.push(line));
  await part.start();
  while (!heard.includes('tick')) await sleep(20);
  silence();
  const count = heard.length;
  await sleep(200);
  expect(heard).toHaveLength(count);
});

test('supervisor.close() ends everything and starts nothing more', async () => {
  await using subject = await supervised();
  const part = subject.add(FAMILY);
  await part.start();
  const child = childOf(part);
  await subject.close();
  expect(await diesSoon(child)).toBe(true);
  await expect(part.start()).rejects.toThrow('Cannot start subject: everything is stopping');
});

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'parts do not outlive a launcher that ends by %s',
  async (signal) => {
    const launcher = spawn(
      nodePath(),
      [fileURLToPath(new URL('launcher-of-one.ts', import.meta.url))],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const pids: number[] = [];
    for await (const line of createInterface({ input: launcher.stdout })) {
      pids.push(Number(line));
      if (pids.length === 2) break;
    }
    expect(pids.map(isAlive)).toEqual([true, true]);
    launcher.kill(signal);
    await once(launcher, 'exit');
    for (const pid of pids) expect(await diesSoon(pid)).toBe(true);
  },
);
