/**
 * Execution ids, both directions. One id per Spacelift run, intent or event is what makes a second delivery of the same
 * thing meet the first execution instead of starting another. Imports nothing: the workflow uses these values.
 */

const PREFIX = 'spacelift';

/** Stands in the stack's place for events that concern no stack; no Spacelift slug looks like it. */
const NO_STACK = '-';

export type ExecutionKind = 'run' | 'trigger' | 'event';

export const runExecutionId = (account: string, stackId: string, runId: string): string =>
  `${PREFIX}/${account}/${stackId}/run/${runId}`;

export const intentExecutionId = (account: string, stackId: string, key: string): string =>
  `${PREFIX}/${account}/${stackId}/trigger/${key}`;

export const eventExecutionId = (account: string, stackId: string | null, key: string): string =>
  `${PREFIX}/${account}/${stackId ?? NO_STACK}/event/${key}`;

export const laneExecutionId = (account: string, stackId: string): string =>
  `${PREFIX}/${account}/${stackId}/lane`;

/** Of a route of the reactions file; a namespace has one such file. */
export const digestExecutionId = (route: string): string => `digest/${route}`;

/** Of the one execution that decides what propagates. */
export const registryExecutionId = (account: string): string => `propagations/${account}`;

/** By the run it began with. */
export const propagationExecutionId = (account: string, runId: string): string =>
  `propagations/${account}/${runId}`;

const PROPAGATION_KEY = /^propagation\.(.+)\.(\d+)$/;

/** Key of a propagation's intent; beside the stack, which the intent's id has, it needs its number only. */
export const propagationKey = (rootRunId: string, attempt: number): string =>
  `propagation.${rootRunId}.${attempt}`;

/** Takes a {@link propagationKey} apart; null for the key of any other intent. */
export function parsePropagationKey(key: string): { rootRunId: string; attempt: number } | null {
  const [, rootRunId, attempt] = PROPAGATION_KEY.exec(key) ?? [];
  return rootRunId === undefined ? null : { rootRunId, attempt: Number(attempt) };
}

/** Id of an account's schedule; the server adds the time to it for the executions it starts. */
export const sweepScheduleId = (account: string): string => `${PREFIX}/${account}/sweep`;

/** The account of a {@link sweepScheduleId}; null for any other text. */
export const accountOfSweep = (scheduleId: string): string | null =>
  /^spacelift\/([^/]+)\/sweep$/.exec(scheduleId)?.[1] ?? null;

/** Takes an id of {@link runExecutionId} and its siblings apart; null for any other text. */
export function parseExecutionId(
  id: string,
): { account: string; stackId: string | null; kind: ExecutionKind; key: string } | null {
  const match = /^spacelift\/([^/]+)\/([^/]+)\/(run|trigger|event)\/(.+)$/.exec(id);
  if (match === null) return null;
  const [, account, stack, kind, key] = match;
  if (account === undefined || stack === undefined || key === undefined) return null;
  return { account, stackId: stack === NO_STACK ? null : stack, kind: kind as ExecutionKind, key };
}
