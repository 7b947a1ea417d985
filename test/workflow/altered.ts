/** The workflow with one timer more than the histories know: replaying them under it must fail. */
import { sleep } from '@temporalio/workflow';
import * as genuine from '../../shared/workflow/index.ts';

export async function SpaceliftWebhookWorkflow(
  ...input: Parameters<typeof genuine.SpaceliftWebhookWorkflow>
) {
  await sleep(1);
  return genuine.SpaceliftWebhookWorkflow(...input);
}

export async function SpaceliftLaneWorkflow(
  ...input: Parameters<typeof genuine.SpaceliftLaneWorkflow>
) {
  await sleep(1);
  return genuine.SpaceliftLaneWorkflow(...input);
}
