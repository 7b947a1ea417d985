import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, test } from 'vitest';
import { bundleWorkflow } from '../../worker/temporal-worker.ts';
import { histories, readHistory } from '../histories/histories.ts';
import { KINDS } from '../histories/paths/path.ts';

beforeAll(() => {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  });
});

describe('every workflow', () => {
  let today: { code: string };
  let altered: { code: string };

  beforeAll(async () => {
    today = await bundleWorkflow();
    altered = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('./altered.ts', import.meta.url)),
      logger: new DefaultLogger('ERROR'),
    });
  });

  test.each(histories)('replays %s', async (name) => {
    await Worker.runReplayHistory({ workflowBundle: today }, readHistory(name), name);
  });

  test.each(histories)('altered, does not replay %s', async (name) => {
    const replay = Worker.runReplayHistory({ workflowBundle: altered }, readHistory(name), name);
    await expect(replay).rejects.toThrow(/[Nn]ondeterminism/);
  });

  test('there are histories of every kind of execution', () => {
    for (const kind of KINDS)
      expect(histories.some((name) => name.includes(`/${kind}-`))).toBe(true);
  });
});
