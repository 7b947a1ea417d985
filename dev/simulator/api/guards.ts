/** What every mutation asks first: may this viewer write, does the stack exist, which run is meant. */
import type { Run, Stack } from '../model.ts';
import { findHolder } from '../runs/queue.ts';
import type { Viewer } from './auth.ts';
import { type ApiContext, refuse } from './context.ts';
import type { ApiDeps } from './queries.ts';

export function createGuards({ engine, options }: Pick<ApiDeps, 'engine' | 'options'>) {
  const { errorTexts } = options.switches;

  function requireWriter({ viewer }: ApiContext): Viewer {
    if (viewer?.canWrite !== true) throw refuse(errorTexts.unauthorized);
    return viewer;
  }

  function requireStack(id: string): Stack {
    const stack = engine.findStack(id);
    if (stack === null) throw refuse(errorTexts.stackUnknown);
    return stack;
  }

  /** A stack that takes new runs from this viewer. */
  function requireOpenStack(id: string, viewer: Viewer): Stack {
    const stack = requireStack(id);
    if (stack.isDisabled) throw refuse(errorTexts.stackDisabled);
    if (stack.lock !== null && stack.lock.by !== viewer.id) throw refuse(errorTexts.stackLocked);
    return stack;
  }

  /** Without an id: whichever run blocks the stack. */
  function requireRun(stackId: string, id: string | null | undefined): Run {
    const stack = requireStack(stackId);
    const run = typeof id === 'string' ? engine.findRun(id) : findHolder(engine.runs(stack.id));
    if (run?.stackId !== stack.id) throw refuse(errorTexts.runUnknown);
    return run;
  }

  return { requireWriter, requireStack, requireOpenStack, requireRun };
}
