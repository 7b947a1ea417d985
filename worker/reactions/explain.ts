/** What the rules make of one payload, in words: which match and why, which do not and why not, what would be done. */
import { parseBody } from '../../shared/contract/parse.ts';
import type { SpaceliftEvent } from '../../shared/contract/events.ts';
import { intentKeyOf } from '../../shared/workflow/run-metadata.ts';
import { createProgress, decideRunEvent } from '../../shared/workflow/progress.ts';
import { reactionOfRun, reactionOfSingle } from '../../shared/workflow/reaction-event.ts';
import type { PlannedAction, ReactionEvent } from '../../shared/workflow/reactions.ts';
import { causeOf } from '../../shared/workflow/cause.ts';
import type { Reactions } from './check.ts';
import type { Condition, IsOwnKey } from './match.ts';
import { type Judgement, judgeRules, planReactions } from './plan.ts';

/** Lines to print; `isReadable` is false for a payload that no execution would react to for want of sense. */
export type Explanation = { readonly isReadable: boolean; readonly lines: readonly string[] };

/** `account` is the webhook's, for payloads that name none. */
export function explainPayload(
  body: Uint8Array,
  account: string | null,
  reactions: Reactions,
  isOwnKey: IsOwnKey,
): Explanation {
  const receivedAt = Date.now();
  const parsed = parseBody(body, { account, bodyHash: '0'.repeat(64), receivedAt });
  if (!parsed.ok) {
    const { reason, field } = parsed.error;
    const where = field === undefined || field === '' ? '' : ` (${field})`;
    return { isReadable: false, lines: [`Cannot read the payload: ${reason}${where}`] };
  }
  const event = eventOf(parsed.value);
  if (event === null)
    return {
      isReadable: true,
      lines: [`${parsed.value.type}: rules do not react to this; nothing would be done`],
    };
  return { isReadable: true, lines: explainEvent(event, reactions, isOwnKey) };
}

function eventOf(event: SpaceliftEvent): ReactionEvent | null {
  const circumstances = { executionId: 'explained', traceId: '' };
  if (event.about === 'intent') return null;
  if (event.about !== 'run') return reactionOfSingle(event, circumstances);
  const { progress } = decideRunEvent(createProgress(event), event);
  const key = intentKeyOf(event.userMetadata);
  return reactionOfRun(progress, {
    ...circumstances,
    cause: causeOf(event.userMetadata),
    intentKeys: key === null ? [] : [key],
  });
}

function explainEvent(
  event: ReactionEvent,
  reactions: Reactions,
  isOwnKey: IsOwnKey,
): readonly string[] {
  const { actions, omitted } = planReactions(reactions, event, isOwnKey);
  return [
    headline(event),
    '',
    ...judgeRules(reactions, event, isOwnKey).flatMap(tellJudgement),
    '',
    actions.length === 0 ? 'Nothing would be done.' : 'Would be done, and was not:',
    ...actions.map((action) => `  ${wordsOf(action)} (rule ${action.ruleId})`),
    ...omitted.map(({ ruleId, reason }) => `  left out: ${reason} (rule ${ruleId})`),
  ];
}

function headline(event: ReactionEvent): string {
  const run = event.runId === null ? '' : `run ${event.runId} of `;
  const about = event.stackId === null ? 'the account' : event.stackId;
  const position = event.stateVersion === null ? '' : `, stateVersion ${event.stateVersion}`;
  const state = event.state === null ? '' : ` is ${event.state}${position}`;
  return `${event.on}: ${run}${about} (account ${event.account})${state}`;
}

function tellJudgement({ rule, conditions, matches, stoppedBy }: Judgement): readonly string[] {
  if (stoppedBy !== null) return [`– ${rule.id}: left out, since rule ${stoppedBy} stops`];
  const mark = matches ? '✓' : '✗';
  return [
    `${mark} ${rule.id}: ${matches ? 'matches' : 'does not match'}`,
    ...conditions.map(tellCondition),
  ];
}

const tellCondition = ({ field, holds, wanted, found }: Condition): string =>
  `    ${holds ? '✓' : '✗'} ${field} ${wanted.join(' or ')}${holds ? '' : `, but it is ${found.length === 0 ? 'not known' : found.join(', ')}`}`;

function wordsOf(action: PlannedAction): string {
  const late = action.afterMs === 0 ? '' : `after ${action.afterMs / 60_000} min of waiting: `;
  return `${late}${deedOf(action)}`;
}

function deedOf(action: PlannedAction): string {
  switch (action.action) {
    case 'notify':
      return `notify ${action.route}`;
    case 'trigger-stack':
      return `trigger a ${action.runType} run of ${action.stackId}${action.commit === null ? '' : ` at ${action.commit}`}`;
    case 'retry-run':
      return `retry the run for the ${action.attempt}. time, in ${action.delayMs / 1000} s`;
    case 'trigger-dependents':
      return 'trigger what depends on the stack, if the run is tracked and no drift check';
    case 'confirm':
    case 'discard':
      return `${action.action} the run`;
    case 'call-webhook':
      return 'call the webhook of the rule';
  }
}
