/** Everything at a glance, for the page: which runs there are and who may do what to each now. Names nobody. */
import { isTerminalState } from '../../../shared/contract/states.ts';
import { currentState, currentTransition, INTERVENTIONS, type Run, type Stack } from '../model.ts';
import type { Overview, RunLine, StackLine, WebhookLine } from '../page/overview.ts';
import type { RunEngine } from '../runs/engine.ts';
import { isAllowed } from '../runs/interventions.ts';
import type { Webhook } from '../webhooks/registry.ts';
import type { ControlDeps } from './control.ts';

/** More than anybody reads; a run that has not ended is shown in any case. */
const ENDED_LIMIT = 50;

export function countAll({
  engine,
  journal,
}: Pick<ControlDeps, 'engine' | 'journal'>): Overview['counts'] {
  const runs = engine.runs();
  const open = runs.filter(isOpen).length;
  return { runs: { open, ended: runs.length - open }, deliveries: journal.countDeliveries() };
}

export function showOverview(deps: ControlDeps): Overview {
  const { engine, options, webhooks } = deps;
  const newestFirst = engine.runs().toReversed();
  const ended = newestFirst.filter((run) => !isOpen(run)).slice(0, ENDED_LIMIT);
  const shown = new Set([...newestFirst.filter(isOpen), ...ended]);
  return {
    account: options.account,
    seed: options.seed,
    speed: options.speed,
    now: options.clock.now(),
    counts: countAll(deps),
    hasPlan: engine.scripts.accountPlan !== null,
    stacks: engine.stacks().map((stack) => showStackLine(stack, engine)),
    runs: newestFirst.filter((run) => shown.has(run)).map((run) => showRunLine(run, engine)),
    webhooks: webhooks.list().map(showWebhookLine),
  };
}

/** Offered where a policy asks for them. */
const REVIEWS: ReadonlySet<string> = new Set(['approve', 'reject']);

const isOpen = (run: Run) => !isTerminalState(currentState(run));

const showStackLine = (stack: Stack, engine: RunEngine): StackLine => ({
  id: stack.id,
  state: engine.stackState(stack.id),
  isLocked: stack.lock !== null,
  autodeploy: stack.autodeploy,
  approvals: stack.approvals,
  dependsOn: stack.dependsOn,
  isModule: stack.isModule,
  isDisabled: stack.isDisabled,
  isDrifted: stack.isDrifted,
  hasPlan: engine.scripts.planOf(stack.id) !== null,
  scriptsWaiting: engine.scripts.waiting(stack.id).reduce((sum, { runs }) => sum + runs, 0),
});

function showRunLine(run: Run, engine: RunEngine): RunLine {
  const waitsFor = engine.waitOf(run);
  const mayBeReviewed = waitsFor === 'approval';
  const interventions = INTERVENTIONS.filter(
    (each) => isAllowed(engine, run, each) && (mayBeReviewed || !REVIEWS.has(each)),
  );
  return {
    id: run.id,
    stack: run.stackId,
    type: run.type,
    driftDetection: run.driftDetection,
    state: currentState(run),
    since: currentTransition(run).at,
    note: currentTransition(run).note,
    waitsFor,
    startedBy: startedBy(run),
    isPrioritized: run.isPrioritized,
    actions: isOpen(run) ? [...interventions, 'finish', 'fail'] : [],
  };
}

function startedBy({ triggeredBy }: Run): RunLine['startedBy'] {
  if (triggeredBy === null) return 'push';
  return triggeredBy.startsWith('api::') ? 'key' : 'somebody';
}

/** Headers stay out: a webhook's may be as secret as its secret. */
const showWebhookLine = (webhook: Webhook): WebhookLine => ({
  id: webhook.id,
  url: webhook.url,
  family: webhook.family,
  stack: webhook.stack,
  enabled: webhook.enabled,
  consecutiveFailures: webhook.consecutiveFailures,
  faults: webhook.faults,
});
