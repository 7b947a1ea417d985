/**
 * The registry's part in limits: grants slots as they come free, at once, whatever else it is deciding. While somebody
 * waits it asks the others now and then whether they are still there, since one that was terminated gives nothing back.
 */
import { getExternalWorkflowHandle, log, setHandler, sleep } from '@temporalio/workflow';
import { messageOf, rethrowCancellation } from './failures.ts';
import { slotsGranted, slotsWanted } from './propagation-messages.ts';
import { grantSlots, type HeldSlots, hearSlots, isWanting } from './propagation-slots.ts';

export type SlotKeeper = {
  readonly patienceMs: number;
  /** In the order in which they are served. */
  held: readonly HeldSlots[];
  /** Then is no time to continue as new. */
  isTelling: boolean;
  isAsking: boolean;
};

/** Call before the first await. */
export function createSlotKeeper(held: readonly HeldSlots[], patienceMs: number): SlotKeeper {
  const keeper: SlotKeeper = { patienceMs, held, isTelling: false, isAsking: false };
  setHandler(slotsWanted, ({ executionId, slots }) => {
    keeper.held = hearSlots(keeper.held, executionId, slots);
    start(keeper);
  });
  start(keeper);
  return keeper;
}

/** Of a propagation that is over, or gone. */
export function forgetSlots(keeper: SlotKeeper, executionId: string): void {
  keeper.held = keeper.held.filter((each) => each.executionId !== executionId);
  start(keeper);
}

function start(keeper: SlotKeeper): void {
  const ended = (error: unknown) => log.debug('slots are left', { error: messageOf(error) });
  void grantAll(keeper).catch(ended);
  void askWhileWaiting(keeper).catch(ended);
}

async function grantAll(keeper: SlotKeeper): Promise<void> {
  if (keeper.isTelling) return;
  keeper.isTelling = true;
  try {
    for (;;) {
      const before = new Set(keeper.held);
      keeper.held = grantSlots(keeper.held);
      const got = keeper.held.filter((slots) => !before.has(slots));
      if (got.length === 0) return;
      await tell(keeper, got);
    }
  } finally {
    keeper.isTelling = false;
  }
}

async function askWhileWaiting(keeper: SlotKeeper): Promise<void> {
  if (keeper.isAsking) return;
  keeper.isAsking = true;
  try {
    while (keeper.held.some(isWanting)) {
      await sleep(keeper.patienceMs);
      if (!keeper.held.some(isWanting)) return;
      await tell(keeper, keeper.held);
      await grantAll(keeper);
    }
  } finally {
    keeper.isAsking = false;
  }
}

/** All that is granted to each of them, which is nothing new to one that has heard. */
async function tell(keeper: SlotKeeper, whom: readonly HeldSlots[]): Promise<void> {
  const executionIds = [...new Set(whom.map(({ executionId }) => executionId))];
  await Promise.all(
    executionIds.map(async (executionId) => {
      const slots = keeper.held
        .filter((each) => each.executionId === executionId)
        .map(({ limits, wanted, granted, returned }) => ({ limits, wanted, granted, returned }));
      try {
        await getExternalWorkflowHandle(executionId).signal(slotsGranted, slots);
      } catch (error) {
        rethrowCancellation(error);
        keeper.held = keeper.held.filter((each) => each.executionId !== executionId);
      }
    }),
  );
}
