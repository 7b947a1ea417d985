/** Stacks, runs and webhooks as the control API shows them: everything but secrets, times in epoch milliseconds. */
import { currentState, type Run, type Stack } from '../model.ts';
import type { RunEngine } from '../runs/engine.ts';
import type { Webhook } from '../webhooks/registry.ts';

export const showRun = (run: Run) => ({
  id: run.id,
  stack: run.stackId,
  type: run.type,
  state: currentState(run),
  stateVersion: run.history.length - 1,
  commit: run.commit.hash,
  triggeredBy: run.triggeredBy,
  driftDetection: run.driftDetection,
  command: run.command,
  userMetadata: run.metadata,
  createdAt: run.createdAt,
  delta: run.delta,
  history: run.history,
});

export const showStack = (stack: Stack, engine: RunEngine) => ({
  ...stack,
  state: engine.stackState(stack.id),
  blocker: engine.holder(stack.id)?.id ?? null,
});

export const showWebhook = ({ secret, ...webhook }: Webhook) => ({
  ...webhook,
  hasSecret: secret !== '',
});
