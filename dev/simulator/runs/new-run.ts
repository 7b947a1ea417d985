/** A run as it is before its first state, and the wish for one on a stack below another in its tree. */
import type { Run, RunRequest, Script, Stack } from '../model.ts';
import type { Switches } from '../switches.ts';
import { planPath } from './path.ts';
import { createRequest } from './request.ts';

/** A run somebody wants on a stack, with a script of its own or the next one in waiting. */
export type RunWish = {
  readonly stack: Stack;
  readonly request: RunRequest;
  readonly script?: Script;
};

type RunOrigin = {
  readonly id: string;
  readonly stack: Stack;
  readonly request: RunRequest;
  readonly script: Script;
  readonly ordinal: number;
  readonly createdAt: number;
  readonly upstreamRunIds: readonly string[];
};

export function createRun(
  { stack, request, script, ...origin }: RunOrigin,
  { destroyStates }: Pick<Switches, 'destroyStates'>,
): Run {
  return {
    ...request,
    ...origin,
    stackId: stack.id,
    script,
    history: [],
    path: planPath({ request, script, destroyStates }),
    isRipe: false,
    isPrioritized: false,
    interventions: script.interventions ?? [],
    reviews: [],
    comments: [],
    delta: null,
    metadata: request.userMetadata,
  };
}

export function wishBelow(
  stack: Stack,
  root: RunRequest,
  { dependentTriggeredBy }: Pick<Switches, 'dependentTriggeredBy'>,
): RunWish {
  const request = createRequest({
    type: 'TRACKED',
    commit: stack.trackedCommit,
    triggeredBy: dependentTriggeredBy === 'inherited' ? root.triggeredBy : null,
    forceApply: root.forcesDependents,
    startsDependents: false,
  });
  return { stack, request };
}
