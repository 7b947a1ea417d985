/** HTTP in, one start out: what a starter costs at the least. Prints one line when it listens. */
import { serve } from '@hono/node-server';
import { Client, Connection } from '@temporalio/client';
import { Hono } from 'hono';
import { BARE_TASK_QUEUE } from './names.ts';

const connection = await Connection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '' });
const client = new Client({ connection });
const app = new Hono();
app.post('/', async (c) => {
  const { stackId } = await c.req.json<{ stackId: string }>();
  await client.workflow.start('BareTriggerWorkflow', {
    workflowId: `bare-trigger/${stackId}`,
    taskQueue: BARE_TASK_QUEUE,
    args: [{ stackId, executionId: '' }],
  });
  return c.json({ verdict: 'started' });
});
const server = serve(
  { fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env['STARTER_PORT']) },
  () => process.stdout.write('bare starter listens\n'),
);
process.once('SIGTERM', () => {
  server.close();
  void connection.close();
});
