/**
 * The sender, a process of its own: makes deliveries, warms the server up, then keeps every connection busy for a while
 * and reports what came of it. One order at a time, over the channel to its parent.
 */
import { cpuTimeMs } from '../cpu-time.ts';
import { percentile } from '../statistics.ts';
import { type Connection, openConnection } from './connection.ts';
import { createDeliveries, type DeliveryPlan } from './deliveries.ts';

export type LoadOrder = {
  readonly plan: DeliveryPlan;
  readonly port: number;
  readonly serverPid: number;
  readonly expectedStatus: number;
  readonly connections: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
};

export type Measurement = {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Null where the system does not tell. */
  readonly serverCpuMs: number | null;
  readonly clientCpuMs: number;
};

export type LoadReply = { readonly measurement: Measurement } | { readonly error: string };

/** Enough for a warm-up of the quickest contender. */
const WARM_UP_DELIVERIES = 12_000;

/** Objects make their tables at their first delivery, and code is compiled after some hundreds. */
const WARM_UP_PER_STACK = 30;

/** The rate of the warm-up is rather too low: room for what a warm server does. */
const HEADROOM = 2.5;

/** Deliveries are all in memory before the first is sent. */
const DELIVERIES_LIMIT_BYTES = 192 * 1024 * 1024;

if (process.send !== undefined)
  process.on('message', (order: LoadOrder) => {
    void carryOut(order).then((reply) => process.send?.(reply));
  });

async function carryOut(order: LoadOrder): Promise<LoadReply> {
  const connections = await Promise.all(
    Array.from({ length: order.connections }, () => openConnection(order.port)),
  );
  try {
    return { measurement: await measure(order, connections) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function measure(order: LoadOrder, connections: readonly Connection[]): Promise<Measurement> {
  const { plan, warmUpMs, measureMs } = order;
  const [first] = createDeliveries(plan, 0, 1);
  const affordable = Math.floor(DELIVERIES_LIMIT_BYTES / (first?.length ?? 1));
  const warmUp = createDeliveries(plan, 1, Math.min(WARM_UP_DELIVERIES, affordable));
  const warm = await send(order, connections, warmUp, {
    forMs: warmUpMs,
    atLeast: plan.stacks * WARM_UP_PER_STACK,
  });
  const wanted = Math.ceil((warm.latencies.length / warm.ms) * measureMs * HEADROOM);
  const deliveries = createDeliveries(plan, 1 + warmUp.length, Math.min(wanted, affordable));
  const serverBefore = cpuTimeMs(order.serverPid);
  const clientBefore = process.cpuUsage();
  const { latencies, ms } = await send(order, connections, deliveries, {
    forMs: measureMs,
    atLeast: 1,
  });
  const client = process.cpuUsage(clientBefore);
  const serverAfter = cpuTimeMs(order.serverPid);
  return {
    requests: latencies.length,
    seconds: ms / 1000,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    serverCpuMs: serverBefore === null || serverAfter === null ? null : serverAfter - serverBefore,
    clientCpuMs: (client.user + client.system) / 1000,
  };
}

/** Sends until the time is over or the deliveries are used up, whichever comes first. */
async function send(
  { expectedStatus }: LoadOrder,
  connections: readonly Connection[],
  deliveries: readonly Buffer[],
  { forMs, atLeast }: { readonly forMs: number; readonly atLeast: number },
): Promise<{ latencies: number[]; ms: number }> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  let next = 0;
  await Promise.all(
    connections.map(async (connection) => {
      for (;;) {
        const sentAt = performance.now();
        const delivery = deliveries[next];
        const isOver = next >= atLeast && sentAt - startedAt > forMs;
        if (delivery === undefined || isOver) return;
        next += 1;
        const status = await connection.ask(delivery);
        if (status !== expectedStatus)
          throw new Error(`Cannot measure: an answer is ${status} and not ${expectedStatus}`);
        latencies.push(performance.now() - sentAt);
      }
    }),
  );
  return { latencies, ms: performance.now() - startedAt };
}
