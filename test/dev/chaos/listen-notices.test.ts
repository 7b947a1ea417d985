import { expect, test } from 'vitest';
import { listenForNotices } from '../../../dev/chaos/listen-notices.ts';

const line = (facts: object) => JSON.stringify({ level: 'warn', msg: 'notice', ...facts });

test('listenForNotices() hears notices among whatever else the worker says', () => {
  const heard = listenForNotices();
  heard.take('not JSON, though it says "notice"');
  heard.take(JSON.stringify({ msg: 'run event', text: '"notice"' }));
  heard.take(line({ topic: 'run-failed', executionId: 'x', runId: 'a', state: 'FAILED' }));
  heard.take(line({ topic: 'run-waiting', runId: 'b', reminder: 1, traceId: 't' }));
  expect(heard.keys()).toEqual(['run-failed x a FAILED - -', 'run-waiting - b - 1 -']);
  expect(['a', 'b'].map(heard.isWaitTold)).toEqual([false, true]);
});
