/**
 * From the rules and one event to what is done about it. Pure. The same thing is done once, however many rules want it; a
 * run is retried by one rule at most, and decided by one.
 */
import type {
  PlannedAction,
  ReactionEvent,
  ReactionPlan,
} from '../../shared/workflow/reactions.ts';
import { LOG_ROUTE, type Reactions } from './check.ts';
import { type Condition, type IsOwnKey, isMatch, judgeRule } from './match.ts';
import type { CheckedRule, Deeds } from './schema.ts';

export type Judgement = {
  readonly rule: CheckedRule;
  readonly conditions: readonly Condition[];
  readonly matches: boolean;
  /** The rule above that left this one out; null when none did. */
  readonly stoppedBy: string | null;
};

/** Stands for a rule where none wanted trouble that nobody may miss. */
const NO_RULE = 'no-rule';

/** As intents of {@link PlannedAction} `retry-run` are keyed: the attempt stands in front. */
const RETRY_KEY = /^retry\.(\d{1,3})\./;

type Deed = DistributiveOmit<PlannedAction, 'key' | 'ruleId' | 'step' | 'afterMs'>;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A deed, or why it is left out. */
type Wish = Deed | { readonly omitted: string };

export function judgeRules(
  { rules }: Reactions,
  event: ReactionEvent,
  isOwnKey: IsOwnKey,
): readonly Judgement[] {
  let stoppedBy: string | null = null;
  return rules.map((rule) => {
    const conditions = judgeRule(rule, event, isOwnKey);
    const judgement = { rule, conditions, matches: isMatch(conditions), stoppedBy };
    if (judgement.matches && rule.stop === true) stoppedBy ??= rule.id;
    return judgement;
  });
}

export function planReactions(
  reactions: Reactions,
  event: ReactionEvent,
  isOwnKey: IsOwnKey,
): ReactionPlan {
  const actions = new Map<string, PlannedAction>();
  const omitted: { ruleId: string; reason: string }[] = [];
  const matched = judgeRules(reactions, event, isOwnKey).filter(
    ({ matches, stoppedBy }) => matches && stoppedBy === null,
  );
  for (const { rule } of matched)
    for (const [step, deeds] of [rule.do, rule.then].entries())
      for (const wish of wishesOf(deeds ?? {}, event)) {
        if ('omitted' in wish) {
          omitted.push({ ruleId: rule.id, reason: wish.omitted });
          continue;
        }
        const afterMs = rule.after ?? 0;
        const sameness = `${samenessOf(wish, `${rule.id}/${step}`)}/${afterMs}`;
        const other = actions.get(sameness);
        if (other === undefined)
          actions.set(sameness, planned(wish, { ruleId: rule.id, step, afterMs }, event));
        else omitted.push({ ruleId: rule.id, reason: `${wish.action}: rule ${other.ruleId} does` });
      }
  if (matched.length === 0 && isTrouble(event)) {
    const place = { ruleId: NO_RULE, step: 0, afterMs: 0 };
    const notice = planned({ action: 'notify', route: LOG_ROUTE }, place, event);
    return { actions: [notice], omitted };
  }
  return { actions: [...actions.values()], omitted };
}

/** What people were told of before there were rules, and that is no matter of taste. */
const isTrouble = ({ on, topic, runId }: ReactionEvent): boolean =>
  topic !== null && (on === 'trouble' || runId === null);

const planned = (
  deed: Deed,
  place: Pick<PlannedAction, 'ruleId' | 'step' | 'afterMs'>,
  { executionId, state, stateVersion, topic }: ReactionEvent,
): PlannedAction => ({
  ...deed,
  ...place,
  key: [
    executionId,
    place.ruleId,
    nameOf(deed, place.step),
    state ?? topic ?? '',
    stateVersion ?? '',
  ].join('/'),
});

/** Tells what one rule does apart. */
function nameOf(deed: Deed, step: number): string {
  switch (deed.action) {
    case 'notify':
      return `notify:${deed.route}`;
    case 'trigger-stack':
      return `trigger-stack:${deed.stackId}:${deed.runType}:${deed.commit ?? ''}`;
    case 'call-webhook':
      return `call-webhook:${step}`;
    case 'confirm':
    case 'discard':
    case 'retry-run':
    case 'trigger-dependents':
      return deed.action;
  }
}

/** `place` is where the rule says it: two webhooks are never the same. */
function samenessOf(deed: Deed, place: string): string {
  switch (deed.action) {
    case 'notify':
      return `notify ${deed.route}`;
    case 'trigger-stack':
      return `trigger ${deed.runType} ${deed.stackId} ${deed.commit}`;
    case 'call-webhook':
      return `call ${place}`;
    case 'confirm':
    case 'discard':
      return 'decide';
    case 'retry-run':
    case 'trigger-dependents':
      return deed.action;
  }
}

function wishesOf(deeds: Partial<Deeds>, event: ReactionEvent): readonly Wish[] {
  const { notify = [], triggerStack = [], retryRun, confirm, discard } = deeds;
  return [
    ...notify.map((route): Wish => ({ action: 'notify', route })),
    ...(deeds.callWebhook === undefined ? [] : [{ action: 'call-webhook' } as const]),
    ...(deeds.triggerDependents === true ? [dependentsWish(event)] : []),
    ...triggerStack.map((wish) => triggerWish(wish, event)),
    ...(retryRun === undefined ? [] : [retryWish(retryRun, event)]),
    ...(confirm === undefined ? [] : [decisionWish('confirm', confirm.note, event)]),
    ...(discard === undefined ? [] : [decisionWish('discard', discard.note, event)]),
  ];
}

const dependentsWish = ({ runId }: ReactionEvent): Wish =>
  runId === null
    ? { omitted: 'trigger-dependents: the event names no run' }
    : { action: 'trigger-dependents' };

type TriggerStackDeed = NonNullable<Deeds['triggerStack']>[number];

function triggerWish({ stack, runType, commit }: TriggerStackDeed, event: ReactionEvent): Wish {
  if (commit === 'same' && event.commit === null)
    return { omitted: `trigger-stack ${stack}: the commit of the run is not known` };
  const wanted = commit === 'same' ? event.commit : null;
  return { action: 'trigger-stack', stackId: stack, runType, commit: wanted };
}

function retryWish(
  { attempts, backoff, failedIn }: NonNullable<Deeds['retryRun']>,
  event: ReactionEvent,
): Wish {
  if (event.runId === null) return { omitted: 'retry-run: the event names no run' };
  if (failedIn !== undefined && !failedIn.includes(event.failedIn ?? ''))
    return { omitted: `retry-run: the run failed in ${event.failedIn ?? 'no known state'}` };
  const made = event.intentKeys.map((key) => Number(RETRY_KEY.exec(key)?.[1] ?? 0));
  const attempt = Math.max(0, ...made) + 1;
  if (attempt > attempts) return { omitted: `retry-run: it was retried ${attempt - 1} times` };
  const delayMs = Math.min(backoff.first * backoff.factor ** (attempt - 1), backoff.atMost);
  return { action: 'retry-run', attempt, delayMs };
}

const decisionWish = (
  action: 'confirm' | 'discard',
  note: string | null,
  { runId, stateVersion }: ReactionEvent,
): Wish =>
  runId === null || stateVersion === null
    ? { omitted: `${action}: the stateVersion is not known` }
    : { action, note };
