/** Control routes of the API's faults: order one, list those still in force, call all off. */
import { Hono } from 'hono';
import type * as v from 'valibot';
import type { Fault } from '../api/fault.ts';
import type { FaultOrder } from '../api/fault-book.ts';
import { readBody } from './body.ts';
import type { ControlDeps } from './control.ts';
import { FaultOrderSchema } from './fault-schema.ts';

export function createFaultRoutes({ faults }: Pick<ControlDeps, 'faults'>): Hono {
  const routes = new Hono();
  routes.post('/', async (c) => {
    const order = toOrder(await readBody(c, FaultOrderSchema, 'Cannot order fault'));
    return c.json({ ...showOrder(order), number: faults.add(order) }, 201);
  });
  routes.get('/', (c) => c.json(faults.list().map(showOrder)));
  routes.delete('/', (c) => {
    faults.clear();
    return c.body(null, 204);
  });
  return routes;
}

/** One fault is written beside its target, several in `oneOf`; left to chance, an order has no end of its own. */
function toOrder(body: v.InferOutput<typeof FaultOrderSchema>): FaultOrder {
  const { operation, stack, key, probability = 1, times, oneOf, ...fault } = body;
  return {
    operation,
    ...(stack !== undefined && { stack }),
    ...(key !== undefined && { key }),
    probability,
    times: times ?? (body.probability === undefined ? 1 : null),
    oneOf: oneOf ?? [fault],
  };
}

/** Shown the way it was written. */
function showOrder<Shown extends FaultOrder>({ oneOf, ...order }: Shown) {
  const [fault, ...others] = oneOf;
  return others.length > 0
    ? { ...order, oneOf }
    : { ...order, ...(fault satisfies Fault | undefined) };
}
