/**
 * The worked change of CONTRIBUTING.md, "Changing a workflow": one command more, behind a patch marker. `altered.ts` makes
 * the same change without one.
 */
import { patched, upsertMemo } from '@temporalio/workflow';
import * as genuine from '../../shared/workflow/index.ts';

export async function SpaceliftWebhookWorkflow(
  ...input: Parameters<typeof genuine.SpaceliftWebhookWorkflow>
) {
  if (patched('note-first')) upsertMemo({ noted: true });
  return genuine.SpaceliftWebhookWorkflow(...input);
}

export async function SpaceliftLaneWorkflow(
  ...input: Parameters<typeof genuine.SpaceliftLaneWorkflow>
) {
  if (patched('note-first')) upsertMemo({ noted: true });
  return genuine.SpaceliftLaneWorkflow(...input);
}
