/**
 * Carries a plan out: rules side by side, of a rule one step after the other, each action an activity of its own with
 * retries by its kind. One that fails is recorded and takes no other along. Decides nothing: the plan does.
 */
import { condition } from '@temporalio/workflow';
import { callWebhook, sendNotice, sendNoticeSoon, startReaction } from './activities.ts';
import type { RunDecision, RunDecisionAnswer } from './messages.ts';
import type { Notice } from './ports.ts';
import type { PlannedAction, ReactionEvent } from './reactions.ts';
import type { Receipts } from './receipts.ts';
import type { Recorder } from './recorder.ts';
import type { WorkflowSettings } from './settings.ts';

/** How long a notice waits for the one before it on its route, whose receipt it is to carry. */
const TURN_LIMIT_MS = 60_000;

/** The execution that reacts, as far as its actions need it. */
export type Reactor = {
  readonly event: ReactionEvent;
  readonly settings: WorkflowSettings;
  readonly recorder: Recorder;
  readonly notice: Notice;
  readonly receipts: Receipts;
  /** Whether something waits for it to be over. */
  readonly isSoon?: boolean;
  /** Of a run execution. */
  readonly decide?: (
    decision: RunDecision,
    stateVersion: number,
    note: string | null,
  ) => Promise<RunDecisionAnswer>;
  /** Of a run execution; answers what became of it. */
  readonly triggerDependents?: () => Promise<string | null>;
};

/** False if any action failed; throws for cancellation only. */
export async function carryOut(
  actions: readonly PlannedAction[],
  reactor: Reactor,
): Promise<boolean> {
  const rules = new Set(actions.map(({ ruleId }) => ruleId));
  const outcomes = await Promise.all(
    [...rules].map((rule) =>
      carryOutRule(
        actions.filter(({ ruleId }) => ruleId === rule),
        reactor,
      ),
    ),
  );
  return outcomes.every(Boolean);
}

async function carryOutRule(actions: readonly PlannedAction[], reactor: Reactor): Promise<boolean> {
  let isDone = true;
  const last = Math.max(...actions.map(({ step }) => step));
  for (let step = 0; step <= last; step += 1) {
    const due = actions.filter((action) => action.step === step);
    const outcomes = await Promise.all(due.map((action) => carryOutAction(action, reactor)));
    isDone &&= outcomes.every(Boolean);
  }
  return isDone;
}

function carryOutAction(planned: PlannedAction, reactor: Reactor): Promise<boolean> {
  const { event, recorder } = reactor;
  const { action, ruleId: rule } = planned;
  const state = event.state ?? event.topic ?? event.on;
  switch (planned.action) {
    case 'notify': {
      const { route, key } = planned;
      const wanted = { rule, action: `notify ${state}`, about: route };
      return recorder.carryOutFor(wanted, () => notifyRoute(route, key, reactor));
    }
    case 'trigger-stack':
    case 'retry-run': {
      const about = planned.action === 'retry-run' ? `attempt ${planned.attempt}` : planned.stackId;
      const request = { action: planned, event, settings: reactor.settings };
      return recorder.carryOutFor(
        { rule, action, about },
        async () => (await startReaction(request)).executionId,
      );
    }
    case 'call-webhook': {
      const { step, key } = planned;
      return recorder.carryOutFor({ rule, action, about: '' }, async () => {
        await callWebhook({ ruleId: rule, step, key, event });
        return null;
      });
    }
    case 'confirm':
    case 'discard':
      return recorder.carryOutFor({ rule, action, about: '' }, () => decide(planned, reactor));
    case 'trigger-dependents':
      return recorder.carryOutFor(
        { rule, action, about: '' },
        async () => (await reactor.triggerDependents?.()) ?? null,
      );
  }
}

/** One after the other on a route, so that an outlet that keeps a thread of the run finds it. */
export async function notifyRoute(
  route: string,
  key: string,
  { notice, receipts, isSoon = false }: Pick<Reactor, 'notice' | 'receipts' | 'isSoon'>,
): Promise<string | null> {
  const { known, busy } = receipts;
  if (busy.has(route)) await condition(() => !busy.has(route), TURN_LIMIT_MS);
  busy.add(route);
  try {
    const receipt = known.get(route);
    const send = isSoon ? sendNoticeSoon : sendNotice;
    const answer = await send({ notice, route, key, ...(receipt !== undefined && { receipt }) });
    if (answer.receipt !== undefined) known.set(route, answer.receipt);
    return answer.outcome === 'sent' ? null : answer.outcome;
  } finally {
    busy.delete(route);
  }
}

async function decide(
  { action, note }: Extract<PlannedAction, { action: RunDecision }>,
  { decide, event }: Reactor,
): Promise<string | null> {
  if (decide === undefined || event.stateVersion === null)
    throw new RangeError(`Cannot ${action}: this execution follows no run`);
  const answer = await decide(action, event.stateVersion, note);
  if (answer.outcome === 'refused') throw new RangeError(answer.reason);
  return null;
}
