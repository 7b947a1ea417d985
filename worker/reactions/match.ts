/** Whether a rule is meant for an event, and which of its conditions say so. Pure. */
import type { ReactionEvent } from '../../shared/workflow/reactions.ts';
import type { Trigger } from './define.ts';
import { matchesGlob } from './glob.ts';
import type { CheckedRule, CheckedWhere } from './schema.ts';

/** Whether an API key of that account is the one we call Spacelift with. */
export type IsOwnKey = (account: string, keyId: string) => boolean;

export type Condition = {
  /** As the rule names it. */
  readonly field: 'on' | keyof CheckedWhere;
  readonly holds: boolean;
  readonly wanted: readonly string[];
  /** What the event says; empty where it says nothing. */
  readonly found: readonly string[];
};

/** Every condition of the rule, those that hold as well; all must hold. */
export function judgeRule(
  rule: CheckedRule,
  event: ReactionEvent,
  isOwnKey: IsOwnKey,
): readonly Condition[] {
  const conditions = Object.keys(rule.where).map((field) =>
    judge(field as keyof CheckedWhere, rule.where, event, isOwnKey),
  );
  return [
    { field: 'on', holds: rule.on.includes(event.on), wanted: rule.on, found: [event.on] },
    ...conditions,
  ];
}

export const isMatch = (conditions: readonly Condition[]): boolean =>
  conditions.every(({ holds }) => holds);

function judge(
  field: keyof CheckedWhere,
  where: CheckedWhere,
  event: ReactionEvent,
  isOwnKey: IsOwnKey,
): Condition {
  const wanted = field === 'drift' ? [String(where.drift)] : (where[field] ?? []);
  const found = foundIn(event, field, isOwnKey);
  const holds = wanted.some((pattern) => found.some((text) => matchesGlob(pattern, text)));
  return { field, holds, wanted, found };
}

function foundIn(
  event: ReactionEvent,
  field: keyof CheckedWhere,
  isOwnKey: IsOwnKey,
): readonly string[] {
  switch (field) {
    case 'account':
      return [event.account];
    case 'stack':
      return told(event.stackId);
    case 'label':
      return event.labels;
    case 'drift':
      return [String(event.driftDetection)];
    case 'triggeredBy':
      return triggersOf(event, isOwnKey);
    case 'space':
    case 'branch':
    case 'runType':
    case 'state':
    case 'topic':
      return told(event[field]);
  }
}

const told = (text: string | null): readonly string[] => (text === null ? [] : [text]);

function triggersOf({ account, triggeredBy }: ReactionEvent, isOwnKey: IsOwnKey): Trigger[] {
  if (triggeredBy === null) return [];
  const { kind, keyId } = triggeredBy;
  if (kind !== 'api-key') return [kind];
  return ['api-key', keyId !== undefined && isOwnKey(account, keyId) ? 'own-key' : 'other-key'];
}
