import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, test } from 'bun:test';
import { runtimeOf } from '../../../worker/runtime.ts';
import { bundleWorkflow } from '../../../worker/temporal-worker.ts';
import { histories, readHistory } from '../../histories/histories.ts';

/** Bundling takes seconds. */
const BUNDLING_MS = 60_000;

describe('every workflow', () => {
  let workflowBundle: { code: string };

  beforeAll(async () => {
    Runtime.install({
      logger: new DefaultLogger('ERROR'),
      telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
    });
    workflowBundle = await bundleWorkflow();
  }, BUNDLING_MS);

  test('there is something to replay, and Bun replays it', () => {
    expect(histories.length).toBeGreaterThan(0);
    expect(runtimeOf(process.versions)).toEqual({ runtime: 'bun', version: Bun.version });
  });

  test.each(histories)(
    'replay %s',
    async (name) => {
      await Worker.runReplayHistory({ workflowBundle }, readHistory(name), name);
    },
    BUNDLING_MS,
  );

  test(
    'do not replay a history of something else',
    async () => {
      const name = histories.find((each) => each.includes('/lane-')) ?? '';
      const altered = JSON.stringify(readHistory(name)).replaceAll(
        /"activityType":\{"name":"\w+"\}/g,
        '"activityType":{"name":"unheardOf"}',
      );
      const replay = Worker.runReplayHistory({ workflowBundle }, JSON.parse(altered), name);
      expect(
        await replay.then(
          () => 'replayed',
          (error: unknown) => String(error),
        ),
      ).toMatch(/nondeterminism/i);
    },
    BUNDLING_MS,
  );
});
