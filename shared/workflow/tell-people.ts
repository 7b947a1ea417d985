/**
 * Tells people what an execution of ours has to say, beside what runs do: by the rules on trouble, or, where the execution
 * knows no rules, through every default route. Something waits for it, so it gives up soon; it throws then.
 */
import { ApplicationFailure } from '@temporalio/workflow';
import { notify, planReactions } from './activities.ts';
import { carryOut } from './carry-out.ts';
import type { Notice } from './ports.ts';
import { reactionOfNotice } from './reaction-event.ts';
import { createReceipts } from './receipts.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import type { WorkflowSettings } from './settings.ts';

export async function tellPeople(
  notice: Notice,
  settings: WorkflowSettings,
  recorder: Recorder = createRecorder(),
): Promise<void> {
  if (settings.reactions !== true) return notify(notice);
  const event = reactionOfNotice(notice);
  const { actions } = await planReactions(event);
  const receipts = createReceipts();
  const isDone = await carryOut(actions, {
    event,
    settings,
    recorder,
    notice,
    receipts,
    isSoon: true,
  });
  if (!isDone)
    throw ApplicationFailure.create({
      message: `Cannot tell people of ${notice.topic}: not every reaction worked`,
      type: 'reaction-failed',
    });
}
