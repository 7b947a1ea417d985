/**
 * Registry execution: hears how every tracked run of an account ended, and decides of each that nobody's propagation made
 * whether it resumes or joins one, or begins one. One at a time, so that no two begin what should have been joined.
 */
import {
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { parsePropagationKey, propagationExecutionId } from '../contract/ids.ts';
import { notify } from './activities.ts';
import { createShow, type Show } from './details.ts';
import { messageOf, rethrowCancellation } from './failures.ts';
import { progressQuery } from './messages.ts';
import { refusedPropagationNotice } from './notices.ts';
import { offerToPropagation } from './propagation-activities.ts';
import { beginPropagation, planFor } from './propagation-begin.ts';
import { createSlotKeeper, forgetSlots, type SlotKeeper } from './propagation-slot-keeper.ts';
import { SLOT_PATIENCE_MS } from './propagation-slots.ts';
import {
  nodeVerdicts,
  type OpenPropagation,
  propagationOver,
  type RegistryInput,
  type RegistryMemory,
  type ToldVerdict,
  trackedVerdict,
  type TrackedVerdict,
} from './propagation-messages.ts';

/** Runs whose verdict is known to have been decided about; one is told twice within minutes, if at all. */
const DECIDED_LIMIT = 1000;

type Registry = {
  readonly input: RegistryInput;
  readonly open: Map<string, OpenPropagation>;
  readonly pending: ToldVerdict[];
  readonly decided: Set<string>;
  readonly slots: SlotKeeper;
  readonly show: Show;
  /** Id of the run that is being decided about. */
  deciding: string | null;
};

export async function keepRegistry(input: RegistryInput): Promise<void> {
  const registry = createRegistry(input);
  for (;;) {
    if (isHeavy(registry)) await goOn(registry);
    const told = registry.pending.shift();
    registry.deciding = told?.verdict.runId ?? null;
    if (told !== undefined) await decide(registry, told);
    else if (!(await rest(registry))) return;
  }
}

/** Call before the first await. */
function createRegistry(input: RegistryInput): Registry {
  const { carried, settings } = input;
  const patienceMs = settings.propagation?.slotPatienceMs ?? SLOT_PATIENCE_MS;
  const registry: Registry = {
    input,
    open: new Map(carried?.open.map((each) => [each.executionId, each])),
    pending: [...(carried?.pending ?? [])],
    decided: new Set(carried?.decided),
    slots: createSlotKeeper(carried?.slots ?? [], patienceMs),
    show: createShow(),
    deciding: null,
  };
  setHandler(trackedVerdict, (told) => void registry.pending.push(told));
  setHandler(propagationOver, (executionId) => {
    registry.open.delete(executionId);
    forgetSlots(registry.slots, executionId);
  });
  setHandler(progressQuery, () => ({ ...memoryOf(registry), deciding: registry.deciding }));
  return registry;
}

const memoryOf = ({ open, pending, decided, slots: { held } }: Registry): RegistryMemory => ({
  open: [...open.values()],
  pending,
  decided: [...decided],
  ...(held.length > 0 && { slots: held }),
});

function isHeavy({ input: { settings } }: Registry): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  return (
    continueAsNewSuggested || historyLength >= (settings.propagation?.maximumEvents ?? Infinity)
  );
}

async function goOn(registry: Registry): Promise<never> {
  await condition(() => !registry.slots.isTelling);
  return continueAsNew<(input: RegistryInput) => Promise<void>>({
    ...registry.input,
    carried: memoryOf(registry),
  });
}

/** False when there was nothing to do for so long that the registry closes. */
async function rest(registry: Registry): Promise<boolean> {
  const { input, open, pending, slots, show } = registry;
  show({ state: `${open.size} propagations are open` });
  const idleMs = input.settings.propagation?.registryIdleMs ?? 0;
  const hasNews = () => pending.length > 0;
  const isUnneeded = () => open.size === 0 && slots.held.length === 0;
  if (isUnneeded()) return condition(() => hasNews() || !isUnneeded(), idleMs);
  await condition(() => hasNews() || isUnneeded() || isHeavy(registry));
  return true;
}

async function decide(registry: Registry, told: ToldVerdict): Promise<void> {
  const { verdict } = told;
  if (registry.decided.has(verdict.runId)) return;
  registry.decided.add(verdict.runId);
  for (const runId of registry.decided) {
    if (registry.decided.size <= DECIDED_LIMIT) break;
    registry.decided.delete(runId);
  }
  const owner = parsePropagationKey(verdict.intentKey ?? '');
  if (owner !== null) {
    const executionId = propagationExecutionId(verdict.account, owner.rootRunId);
    if (!verdict.isIntentTold) await forward(registry, executionId, verdict);
    return;
  }
  const owners = [...registry.open.values()].filter(({ stacks }) =>
    stacks.includes(verdict.stackId),
  );
  if (!mayBegin(verdict)) {
    if (verdict.isDrift) return;
    for (const { executionId } of owners) await forward(registry, executionId, verdict);
    return;
  }
  if (await isTakenByOneOf(registry, owners, { verdict })) return;
  await propagateFrom(registry, told);
}

const mayBegin = ({ state, isDrift, wantsDependents }: TrackedVerdict): boolean =>
  state === 'FINISHED' && !isDrift && wantsDependents;

async function forward(
  { open }: Registry,
  executionId: string,
  verdict: TrackedVerdict,
): Promise<void> {
  try {
    await getExternalWorkflowHandle(executionId).signal(nodeVerdicts, [verdict]);
  } catch (error) {
    rethrowCancellation(error);
    open.delete(executionId);
  }
}

/** Offered to all of them: the same run may mend more than one. */
async function isTakenByOneOf(
  { open }: Registry,
  propagations: readonly OpenPropagation[],
  offer: { readonly verdict: TrackedVerdict },
): Promise<boolean> {
  let isTaken = false;
  for (const { executionId } of propagations) {
    const answer = await offerToPropagation({ ...offer, executionId });
    if (answer === 'gone') open.delete(executionId);
    isTaken ||= answer === 'taken';
  }
  return isTaken;
}

async function propagateFrom(registry: Registry, told: ToldVerdict): Promise<void> {
  const { verdict } = told;
  const { stacks, refusal } = await planFor(told);
  if (refusal !== null) {
    log.warn('nothing is propagated', { traceId: verdict.traceId, error: refusal });
    await notify(refusedPropagationNotice(verdict, refusal)).catch((error: unknown) => {
      rethrowCancellation(error);
      log.warn('refusal could not be told', { error: messageOf(error) });
    });
    return;
  }
  if (stacks.length === 0) return;
  const wanted = new Set(stacks.map(({ stackId }) => stackId));
  for (const other of registry.open.values()) {
    if (!other.stacks.some((stackId) => wanted.has(stackId))) continue;
    const { executionId } = other;
    const answer = await offerToPropagation({ verdict, stacks, executionId });
    if (answer === 'gone') registry.open.delete(executionId);
    if (answer !== 'taken') continue;
    const all = new Set([...other.stacks, verdict.stackId, ...wanted]);
    registry.open.set(executionId, { ...other, stacks: [...all] });
    return;
  }
  const begun = await beginPropagation(told, stacks);
  if (begun !== null) registry.open.set(begun.executionId, begun);
}
