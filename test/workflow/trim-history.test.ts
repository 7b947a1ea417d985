import { Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, test } from 'vitest';
import { bundleWorkflow } from '../../worker/temporal-worker.ts';
import { histories, readHistory } from '../histories/histories.ts';
import { printHistory, type RecordedHistory, trimHistory } from '../histories/trim-history.ts';

describe('trimHistory()', () => {
  let workflowBundle: { code: string };

  beforeAll(async () => {
    workflowBundle = await bundleWorkflow();
  });

  const trimmed = (name: string) => printHistory(trimHistory(readHistory(name) as RecordedHistory));

  test.each(histories)('leaves of %s what replays', async (name) => {
    await Worker.runReplayHistory({ workflowBundle }, JSON.parse(trimmed(name)), name);
  });

  test('leaves what tells another way from it', async () => {
    const name = histories.find((each) => each.includes('/lane-')) ?? '';
    const other = trimmed(name).replaceAll('"name":"triggerRun"', '"name":"unheardOf"');
    const replay = Worker.runReplayHistory({ workflowBundle }, JSON.parse(other), name);
    await expect(replay).rejects.toThrow(/[Nn]ondeterminism/);
  });

  test('drops who did it, and keeps an event a line', () => {
    for (const name of histories) {
      const text = trimmed(name);
      expect(text).not.toMatch(/"(?:identity|taskId|requestId|userMetadata|workerVersion)"/);
      expect(text).not.toMatch(/\d+@\w+/);
      const { events } = JSON.parse(text) as RecordedHistory;
      expect(text.split('\n')).toHaveLength(events.length + 3);
    }
  });
});
