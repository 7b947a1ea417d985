/**
 * Makes the Temporal calls it is ordered to, so many at a time, and nothing else. Forked: orders and answers go over the
 * channel to its parent.
 */
import { Client, Connection } from '@temporalio/client';
import type { SearchAttributePair } from '@temporalio/common';
import { inParallel } from '../in-parallel.ts';

export type BareCall = {
  readonly workflowType: string;
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly input: unknown;
  readonly signal: string;
  readonly payload: unknown;
  readonly searchAttributes: SearchAttributePair[];
};

export type CallOrder = { readonly calls: readonly BareCall[]; readonly atOnce: number };

const connection = await Connection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '' });
const client = new Client({ connection });

const make = (call: BareCall) =>
  client.workflow.signalWithStart(call.workflowType, {
    workflowId: call.workflowId,
    taskQueue: call.taskQueue,
    args: [call.input],
    signal: call.signal,
    signalArgs: [call.payload],
    typedSearchAttributes: call.searchAttributes,
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
  });

process.on('message', ({ calls, atOnce }: CallOrder) => {
  void inParallel(calls, atOnce, make).then(
    () => process.send?.({ error: null }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.send?.({ error: null });
