/**
 * Loaded before the worker: kills the process, without a word, once before and once after the first call of every activity
 * of every execution. What was killed is a folder each in KILLS, which outlives the process.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';

const kills = process.env['KILLS'] ?? '';

type Side = 'before' | 'after';

/** What is carried out side by side comes to its boundaries together, and dies together. */
const LAST_WORDS_MS = 100;

let isDying = false;

/** Returns if that boundary was died at before. */
async function boundary(name: string, side: Side): Promise<void> {
  try {
    mkdirSync(join(kills, encodeURIComponent(`${name} ${side}`)));
  } catch {
    if (!isDying) return;
  }
  if (!isDying) setTimeout(() => process.kill(process.pid, 'SIGKILL'), LAST_WORDS_MS);
  isDying = true;
  await new Promise(() => {});
}

const interceptors: ActivityInterceptorsFactory = ({ info }) => ({
  inbound: {
    async execute(input, next) {
      const route = (input.args[0] as { readonly route?: string } | undefined)?.route ?? '';
      const name = `${info.workflowExecution?.workflowId} ${info.activityType} ${route}`;
      await boundary(name, 'before');
      const answer = await next(input);
      await boundary(name, 'after');
      return answer;
    },
  },
});

const create = Worker.create.bind(Worker);
Worker.create = (options) =>
  create({
    ...options,
    stickyQueueScheduleToStartTimeout: '500 milliseconds',
    interceptors: { activity: [interceptors] },
  });
