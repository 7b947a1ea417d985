import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import {
  createNoticeActivities,
  type Notifier,
} from '../../../shared/activities/notice-activities.ts';
import type { Notice } from '../../../shared/workflow/ports.ts';
import { createNotifiers } from '../../../worker/notifiers/registry.ts';
import { ACCOUNT, createActivityEnvironment } from './support.ts';

const NOTICE: Notice = {
  topic: 'run-failed',
  account: ACCOUNT,
  stackId: 'app',
  runId: '01RUN',
  state: 'FAILED',
  url: 'https://demo.app.spacelift.io/stack/app/run/01RUN',
  text: 'Run 01RUN of app failed',
  executionId: 'spacelift/demo/app/run/01RUN',
  traceId: '0'.repeat(32),
};

function outlet(name: string, behave: () => void | Promise<void> = () => {}) {
  const told: Notice[] = [];
  const notifier: Notifier = {
    name,
    notify(notice) {
      told.push(notice);
      return Promise.resolve(behave());
    },
  };
  return { notifier, told };
}

const throws = () => {
  throw new Error('hook https://hooks.example.com/T0KEN is gone');
};

async function notify(notifiers: readonly Notifier[]) {
  const { environment, lines, counts } = createActivityEnvironment();
  const failure: unknown = await environment
    .run(() => createNoticeActivities(notifiers).notify(NOTICE))
    .then(() => null)
    .catch((error: unknown) => error);
  return { failure, lines, counts };
}

describe('createNoticeActivities()', () => {
  test('notify() tells every notifier the same, and counts each', async () => {
    const outlets = [outlet('chat'), outlet('mail')];
    const { failure, lines, counts } = await notify(outlets.map(({ notifier }) => notifier));
    expect(failure).toBeNull();
    for (const { told } of outlets) expect(told).toEqual([NOTICE]);
    expect(lines).toEqual([]);
    expect(counts).toEqual([
      { name: 'spacelift_notices', tags: { notifier: 'chat', outcome: 'sent' } },
      { name: 'spacelift_notices', tags: { notifier: 'mail', outcome: 'sent' } },
    ]);
  });

  test.each([
    ['throws', throws],
    ['rejects', async () => throws()],
  ])(
    'notify() fails by the name of the notifier that %s, after the others were told',
    async (_, behave) => {
      const [chat, mail, pager] = [outlet('chat'), outlet('mail', behave), outlet('pager')];
      const { failure, lines, counts } = await notify([
        chat.notifier,
        mail.notifier,
        pager.notifier,
      ]);
      expect(pager.told).toEqual([NOTICE]);
      expect(failure).toBeInstanceOf(ApplicationFailure);
      expect(failure).toMatchObject({
        message: 'Cannot notify through mail',
        type: 'notifier-failed',
        nonRetryable: false,
      });
      expect(counts).toContainEqual({
        name: 'spacelift_notices',
        tags: { notifier: 'mail', outcome: 'failed' },
      });
      expect(lines).toMatchObject([
        { level: 'WARN', meta: { notifiers: 'mail', topic: 'run-failed' } },
        { message: 'Activity failed' },
      ]);
      expect(JSON.stringify([failure, lines.map(({ meta }) => meta?.['notifiers'])])).not.toContain(
        'T0KEN',
      );
    },
  );

  test('notify() names all that failed', async () => {
    const { failure } = await notify([
      outlet('chat', throws).notifier,
      outlet('mail', throws).notifier,
    ]);
    expect(failure).toMatchObject({ message: 'Cannot notify through chat, mail' });
  });

  test('notify() is content without a notifier', async () => {
    expect(await notify([])).toEqual({ failure: null, lines: [], counts: [] });
  });
});

describe('createNotifiers()', () => {
  const listen = () => {
    const written: unknown[] = [];
    return { written, log: { warn: (...line: unknown[]) => void written.push(line) } };
  };

  test("writes to the log itself, past the SDK's logger, which keeps lines back", async () => {
    const { written, log } = listen();
    const { failure, lines } = await notify(createNotifiers(log));
    expect(failure).toBeNull();
    expect(written).toEqual([[NOTICE, 'notice']]);
    expect(lines).toEqual([]);
  });

  test('has a name of its own for each notifier', () => {
    const names = createNotifiers(listen().log).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
