import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT_ROOT } from '../../dev/launcher/toolchain.ts';
import { copyProject, runTool } from '../fences/project-copy.ts';

/** The chaos ends itself within two minutes and a half, and reads and stops after that. */
const CHAOS_TIMEOUT_MS = 300_000;

const chaosOf = (seed: number) =>
  ['dev/chaos/main.ts', `--seed=${seed}`, '--deliveries=200'] as const;

test(
  'npm run chaos: on the whole path nothing is lost, doubled or wrong',
  async () => {
    const { status, stdout, stderr } = await runTool(PROJECT_ROOT, 'node', chaosOf(1));
    expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
    const summary = /^seed 1 passed: (.+)$/m.exec(stdout)?.[1] ?? '';
    const figure = (name: string) => Number(new RegExp(`${name} (\\d+)`).exec(summary)?.[1]);
    expect(figure('sent')).toBeGreaterThan(180);
    expect(figure('dropped')).toBeGreaterThan(0);
    expect(figure('duplicated')).toBeGreaterThan(0);
    expect(figure('kept')).toBeGreaterThanOrEqual(figure('acknowledged'));
    expect(figure('handled')).toBe(figure('kept'));
    expect(figure('assigned')).toBeGreaterThan(5);
    expect(figure('triggers')).toBeGreaterThan(figure('assigned'));
    expect(figure('notices')).toBeGreaterThan(0);
    expect(figure('kills')).toBeGreaterThanOrEqual(7);
    expect(figure('freezes')).toBeGreaterThanOrEqual(3);
  },
  CHAOS_TIMEOUT_MS,
);

/** Keeps the delivery a moment after the answer: nobody notices who does not kill the edge within that moment. */
const KEEP_LATER = `
import { waitUntil } from 'cloudflare:workers';
function acceptLater(inbox: Pick<Inbox, 'accept'>, kept: NewDelivery, body: Uint8Array<ArrayBuffer>): Acceptance {
  waitUntil(scheduler.wait(500).then(() => inbox.accept(kept, body)));
  return { isDuplicate: false, deliveryId: kept.deliveryId, status: kept.status, reason: kept.reason };
}
`;

test(
  'npm run chaos: an edge that acknowledges before the write is found out',
  async () => {
    await using project = await copyProject();
    const source = await readFile(join(PROJECT_ROOT, 'edge/receive.ts'), 'utf8');
    const planted = source.replace(
      'await inbox.accept(kept, body)',
      'acceptLater(inbox, kept, body)',
    );
    expect(planted).not.toBe(source);
    await project.plant('edge/receive.ts', planted + KEEP_LATER);

    const { status, stdout } = await project.run('node', ...chaosOf(1));
    expect(status, stdout).toBe(1);
    expect(stdout).toMatch(
      /^seed 1 failed after [\d.]+ s: acknowledged-not-kept: run\/demo\/\w+\/[A-Z]+\/\w+\.\d+ is in no inbox$/m,
    );
    expect(stdout).toMatch(/^ +webhook [\w-]+, copy \d, delivered: .*202 at /m);
    expect(stdout).toContain('again: npm run chaos -- --seed 1 --deliveries 200');
    const kept = /logs and history: (.+)$/m.exec(stdout)?.[1] ?? '';
    expect(JSON.parse(await readFile(join(kept, 'history.json'), 'utf8'))).toHaveProperty('sent');
    await rm(kept, { recursive: true, force: true });
  },
  CHAOS_TIMEOUT_MS,
);
