import { expect, test } from 'vitest';
import { createSupervisor, type Death } from '../../../dev/launcher/processes.ts';
import { createRevival } from '../../../dev/launcher/revival.ts';
import { inheritedEnv } from '../../../dev/launcher/toolchain.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A part that starts as long as the file is there; its deaths go to a revival that waits next to nothing. */
async function revived(script: string) {
  const directory = await temporaryDirectory();
  const told: string[] = [];
  const givenUp: Death[] = [];
  const ending = new AbortController();
  const supervisor = createSupervisor({
    logDirectory: directory.path,
    onDeath: createRevival({
      tell: (text) => told.push(text),
      giveUp: (death) => givenUp.push(death),
      signal: ending.signal,
      firstWaitMs: 20,
    }),
  });
  const part = supervisor.add({
    name: 'subject',
    command: 'sh',
    args: ['-c', script],
    env: { ...inheritedEnv(process.env), MARK: `${directory.path}/mark` },
    readiness: { by: 'line', pattern: /^ready$/ },
  });
  return {
    part,
    told,
    givenUp,
    end: () => ending.abort(),
    async [Symbol.asyncDispose]() {
      ending.abort();
      await supervisor.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** Waits are short, machines may be busy. */
const PATIENCE = { timeout: 20_000 };

const STAYS = 'echo ready; exec sleep 300';
/** The second start and all further ones fail. */
const STARTS_ONCE = 'test -e "$MARK" && exit 3; touch "$MARK"; echo ready; exec sleep 300';

function crash(pid: number | null): void {
  if (pid === null) throw new Error('Cannot crash part: it is not running');
  process.kill(pid, 'SIGKILL');
}

test('createRevival() starts a part again that died', async () => {
  await using subject = await revived(STAYS);
  await subject.part.start();
  const { pid } = subject.part;
  crash(pid);
  await expect.poll(() => subject.told.at(-1), PATIENCE).toBe('subject is up again');
  expect(subject.told[0]).toBe('subject ended with signal SIGKILL; starting it again …');
  expect(subject.part.pid).not.toBe(pid);
  expect(subject.part.pid).not.toBeNull();
});

test('createRevival() gives a part up that does not come back', async () => {
  await using subject = await revived(STARTS_ONCE);
  await subject.part.start();
  crash(subject.part.pid);
  await expect.poll(() => subject.givenUp.length, PATIENCE).toBe(1);
  expect(subject.told).not.toContain('subject is up again');
});

test('createRevival() gives a part up that dies again and again', async () => {
  await using subject = await revived(STAYS);
  await subject.part.start();
  for (let death = 1; death <= 5; death += 1) {
    crash(subject.part.pid);
    await expect
      .poll(() => subject.told.filter((text) => text === 'subject is up again').length, PATIENCE)
      .toBe(death);
  }
  expect(subject.givenUp).toEqual([]);
  crash(subject.part.pid);
  await expect.poll(() => subject.givenUp.length, PATIENCE).toBe(1);
});

test('createRevival() lets the dead rest when everything is to end', async () => {
  await using subject = await revived(STAYS);
  await subject.part.start();
  subject.end();
  crash(subject.part.pid);
  await expect.poll(() => subject.part.pid, PATIENCE).toBeNull();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(subject.part.pid).toBeNull();
  expect(subject.givenUp).toEqual([]);
});
