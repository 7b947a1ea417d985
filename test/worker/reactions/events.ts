import type { ReactionEvent } from '../../../shared/workflow/reactions.ts';
import { ACCOUNT } from '../../events.ts';

export const EXECUTION_ID = `spacelift/${ACCOUNT}/app/run/01RUN`;

/** A run of stack app that failed while it was planned. */
export const reactionEvent = (changes: Partial<ReactionEvent> = {}): ReactionEvent => ({
  on: 'failed',
  account: ACCOUNT,
  stackId: 'app',
  runId: '01RUN',
  state: 'FAILED',
  stateVersion: 4,
  failedIn: 'PLANNING',
  runType: 'TRACKED',
  topic: 'run-failed',
  branch: 'main',
  commit: 'abc1234',
  labels: ['prod', 'team:platform'],
  space: null,
  driftDetection: false,
  triggeredBy: { kind: 'vcs' },
  delta: null,
  cause: [],
  intentKeys: [],
  executionId: EXECUTION_ID,
  traceId: '0'.repeat(32),
  ...changes,
});
