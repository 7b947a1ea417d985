/** Stacks, runs and webhooks as the control API shows them: everything but secrets, times in epoch milliseconds. */
import { currentState, currentTransition, type Run, type Stack } from '../model.ts';
import type { RunEngine } from '../runs/engine.ts';
import type { Webhook } from '../webhooks/registry.ts';

export const showRun = (run: Run, engine: RunEngine) => ({
  id: run.id,
  stack: run.stackId,
  type: run.type,
  state: currentState(run),
  stateVersion: run.history.length - 1,
  since: currentTransition(run).at,
  waitsFor: engine.waitOf(run),
  commit: run.commit.hash,
  branch: run.commit.branch,
  triggeredBy: run.triggeredBy,
  driftDetection: run.driftDetection,
  command: run.command,
  externalDependencies: run.externalDependencies,
  isPrioritized: run.isPrioritized,
  reviews: run.reviews,
  userMetadata: run.metadata,
  createdAt: run.createdAt,
  delta: run.delta,
  script: run.script,
  history: run.history,
});

export const showStack = (stack: Stack, engine: RunEngine) => ({
  ...stack,
  state: engine.stackState(stack.id),
  blocker: engine.holder(stack.id)?.id ?? null,
  plan: engine.scripts.planOf(stack.id),
  nextScripts: engine.scripts.waiting(stack.id),
});

export const showWebhook = ({ secret, ...webhook }: Webhook) => ({
  ...webhook,
  hasSecret: secret !== '',
});
