/** A worker as an example in the SDK's documentation would have it. Prints one line when it polls. */
import { readFile } from 'node:fs/promises';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createBareActivities } from './activities.ts';
import { BARE_API_TASK_QUEUE, BARE_TASK_QUEUE } from './names.ts';

const text = (name: string): string => process.env[name] ?? '';

const connection = await NativeConnection.connect({ address: text('TEMPORAL_ADDRESS') });
const activities = await createBareActivities(
  {
    endpoint: text('SPACELIFT_API_KEY_ENDPOINT'),
    keyId: text('SPACELIFT_API_KEY_ID'),
    keySecret: text('SPACELIFT_API_KEY_SECRET'),
  },
  new Client({ connection }),
);
const workers = await Promise.all([
  Worker.create({
    connection,
    taskQueue: BARE_TASK_QUEUE,
    workflowBundle: { code: await readFile(text('WORKFLOW_BUNDLE'), 'utf8') },
    maxCachedWorkflows: Number(text('MAX_CACHED_WORKFLOWS')),
  }),
  Worker.create({ connection, taskQueue: BARE_API_TASK_QUEUE, activities: { ...activities } }),
]);
process.once('SIGTERM', () => {
  for (const worker of workers) worker.shutdown();
});
process.stdout.write('bare worker polls\n');
await Promise.all(workers.map((worker) => worker.run()));
await connection.close();
