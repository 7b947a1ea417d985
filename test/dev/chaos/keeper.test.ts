import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { createKeeper, type Keeper } from '../../../dev/chaos/keeper.ts';
import type { PlannedFault } from '../../../dev/chaos/schedule.ts';
import { createSupervisor, type PartSpec } from '../../../dev/launcher/processes.ts';
import { inheritedEnv } from '../../../dev/launcher/toolchain.ts';
import { temporaryDirectory } from '../launcher/temporary-directory.ts';

/** Says which life of the part it is, then ticks. */
const TICKING = 'echo ready; while true; do echo tick; sleep 0.05; done';

async function kept(script: string, more: Partial<PartSpec> = {}) {
  const directory = await temporaryDirectory();
  const told: string[] = [];
  const deadline = new AbortController();
  let keeper: Keeper | null = null;
  const supervisor = createSupervisor({
    logDirectory: directory.path,
    onDeath: ({ how }) => keeper?.revive(how),
  });
  const part = supervisor.add({
    name: 'subject',
    command: 'sh',
    args: ['-c', script],
    env: { ...inheritedEnv(process.env), MARK: `${directory.path}/mark` },
    readiness: { by: 'line', pattern: /^ready$/ },
    ...more,
  });
  keeper = createKeeper(part, {
    tell: (what) => told.push(what.replace(/, started in .*/, '')),
    signal: deadline.signal,
  });
  await part.start();
  return {
    part,
    keeper,
    told,
    deadline,
    async [Symbol.asyncDispose]() {
      deadline.abort();
      await supervisor.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

const fault = (kind: PlannedFault['kind'], forMs = 100): PlannedFault => ({
  after: 0,
  part: 'edge',
  kind,
  forMs,
});

const PATIENCE = { timeout: 20_000 };

test.each([
  ['kill', 'killed'],
  ['restart', 'stopped'],
] as const)(
  'keeper.strike() by %s takes the part away and brings another life',
  async (kind, word) => {
    await using subject = await kept(TICKING);
    const before = subject.part.pid;
    subject.keeper.strike(fault(kind, 300));
    await vi.waitFor(() => expect(subject.part.pid).toBeNull(), PATIENCE);
    await subject.keeper.settled();
    expect(subject.part.pid).not.toBeNull();
    expect(subject.part.pid).not.toBe(before);
    expect(subject.told).toEqual([`subject ${word} for 0.3 s`, 'subject is back']);
  },
);

test('keeper.strike() by freeze holds the same life for a while', async () => {
  await using subject = await kept(TICKING);
  const before = subject.part.pid;
  let ticks = 0;
  subject.part.listen(() => {
    ticks += 1;
  });
  subject.keeper.strike(fault('freeze', 1000));
  await sleep(300);
  const whileFrozen = ticks;
  await sleep(400);
  expect(ticks).toBe(whileFrozen);
  await subject.keeper.settled();
  await vi.waitFor(() => expect(ticks).toBeGreaterThan(whileFrozen), PATIENCE);
  expect(subject.part.pid).toBe(before);
});

test('keeper.strike() waits until the part is at work again after the fault before', async () => {
  await using subject = await kept(TICKING);
  subject.keeper.strike(fault('kill'));
  subject.keeper.strike(fault('freeze'));
  await vi.waitFor(() => expect(subject.told).toHaveLength(2), PATIENCE);
  const backAt = Date.now();
  await vi.waitFor(() => expect(subject.told).toHaveLength(3), PATIENCE);
  expect(Date.now() - backAt).toBeGreaterThan(1000);
  await subject.keeper.settled();
  expect(subject.told).toEqual([
    'subject killed for 0.1 s',
    'subject is back',
    'subject frozen for 0.1 s',
  ]);
});

test('keeper.strike() tries to start again until the part can', async () => {
  await using subject = await kept(
    'n=$(cat "$MARK" 2>/dev/null || echo 0); echo $((n + 1)) > "$MARK"; ' +
      '[ "$n" = 1 ] && exit 3; [ "$n" = 2 ] && exit 3; echo ready; sleep 300',
  );
  subject.keeper.strike(fault('kill'));
  await subject.keeper.settled();
  expect(subject.part.pid).not.toBeNull();
  expect(subject.told).toEqual(['subject killed for 0.1 s', 'subject is back']);
});

test('keeper.revive() starts what died unasked', async () => {
  await using subject = await kept(
    'echo ready; sleep 0.5; [ -e "$MARK" ] || { touch "$MARK"; exit 3; }; sleep 300',
  );
  await vi.waitFor(() => expect(subject.told).toHaveLength(2), PATIENCE);
  expect(subject.told).toEqual(['subject ended with exit code 3', 'subject is back']);
  expect(subject.part.pid).not.toBeNull();
});

test('keeper.strike() starts nothing more once the time is over', async () => {
  await using subject = await kept(TICKING);
  subject.keeper.strike(fault('kill', 300));
  subject.keeper.strike(fault('kill'));
  await vi.waitFor(() => expect(subject.part.pid).toBeNull(), PATIENCE);
  subject.deadline.abort();
  await subject.keeper.settled();
  expect(subject.part.pid).toBeNull();
  expect(subject.told).toEqual(['subject killed for 0.3 s']);
});

test('keeper.isBehind() while a fault waits for the part to come back, and no longer', async () => {
  await using subject = await kept(TICKING);
  subject.keeper.strike(fault('kill', 300));
  await vi.waitFor(() => expect(subject.part.pid).toBeNull(), PATIENCE);
  expect(subject.keeper.isBehind()).toBe(false);
  subject.keeper.strike(fault('freeze', 500));
  expect(subject.keeper.isBehind()).toBe(true);
  await vi.waitFor(() => expect(subject.told).toHaveLength(2), PATIENCE);
  expect(subject.keeper.isBehind()).toBe(false);
  await subject.keeper.settled();
  expect(subject.keeper.isBehind()).toBe(false);
});
