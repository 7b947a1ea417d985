/** A propagation's part in limits: tells the registry what it wants and what it gives back. */
import { getExternalWorkflowHandle, log, workflowInfo } from '@temporalio/workflow';
import { registryExecutionId } from '../contract/ids.ts';
import { messageOf, rethrowCancellation } from './failures.ts';
import { slotsWanted } from './propagation-messages.ts';
import { type OpenedPropagation, take } from './propagation-open.ts';
import { grantSlots, isWanting, SLOT_PATIENCE_MS } from './propagation-slots.ts';

/** Epoch ms; Infinity where nothing is wanted. */
export const asksAgainAt = ({ state, slotsTold }: OpenedPropagation): number =>
  state.slots?.some(isWanting) === true && slotsTold !== null ? slotsTold.againAt : Infinity;

/** Where there is no registry any more nobody else is known either: then the limits hold for this one alone. */
export async function tellSlots(propagation: OpenedPropagation): Promise<void> {
  const { input, rules, state, slotsTold } = propagation;
  const { slots = [] } = state;
  if (slots.length === 0) return;
  const text = JSON.stringify(slots.map(({ wanted, returned }) => [wanted, returned]));
  if (text === slotsTold?.text && asksAgainAt(propagation) > Date.now()) return;
  const againAt = Date.now() + (rules.slotPatienceMs ?? SLOT_PATIENCE_MS);
  propagation.slotsTold = { text, againAt };
  const { workflowId: executionId } = workflowInfo();
  try {
    const registry = getExternalWorkflowHandle(registryExecutionId(input.account));
    await registry.signal(slotsWanted, { executionId, slots });
  } catch (error) {
    rethrowCancellation(error);
    log.warn('registry could not be asked', { error: messageOf(error) });
    const own = propagation.state.slots?.map((each) => ({ ...each, executionId })) ?? [];
    take(propagation, { kind: 'granted', slots: grantSlots(own) });
  }
}
