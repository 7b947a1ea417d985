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

const dieOnce =
  (side: Side) =>
  (name: string): void => {
    try {
      mkdirSync(join(kills, encodeURIComponent(`${name} ${side}`)));
    } catch {
      return;
    }
    process.kill(process.pid, 'SIGKILL');
  };

const interceptors: ActivityInterceptorsFactory = ({ info }) => ({
  inbound: {
    async execute(input, next) {
      const route = (input.args[0] as { readonly route?: string } | undefined)?.route ?? '';
      const name = `${info.workflowExecution?.workflowId} ${info.activityType} ${route}`;
      dieOnce('before')(name);
      const answer = await next(input);
      dieOnce('after')(name);
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
