/**
 * The worked change of CONTRIBUTING.md, "Changing a workflow": one timer more, behind a patch marker. `altered.ts` makes
 * the same change without one.
 */
import { patched, sleep } from '@temporalio/workflow';
import * as genuine from '../../shared/workflow/index.ts';

export async function SpaceliftWebhookWorkflow(
  ...input: Parameters<typeof genuine.SpaceliftWebhookWorkflow>
) {
  if (patched('rest-first')) await sleep(1);
  return genuine.SpaceliftWebhookWorkflow(...input);
}

export async function SpaceliftLaneWorkflow(
  ...input: Parameters<typeof genuine.SpaceliftLaneWorkflow>
) {
  if (patched('rest-first')) await sleep(1);
  return genuine.SpaceliftLaneWorkflow(...input);
}
