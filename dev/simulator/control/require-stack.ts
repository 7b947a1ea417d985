/** The stack that a control route's address names. */
import type { Stack } from '../model.ts';
import type { RunEngine } from '../runs/engine.ts';
import { RequestFault } from './body.ts';

export function requireStack(engine: RunEngine, id: string, intent: string): Stack {
  const stack = engine.findStack(id);
  if (stack === null) throw new RequestFault(404, `${intent}: no stack ${id}`);
  return stack;
}
