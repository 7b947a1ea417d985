/** The workflow with one command more than the histories know: replaying them under it must fail. */
import { upsertMemo } from '@temporalio/workflow';
import * as genuine from '../../shared/workflow/index.ts';

export async function SpaceliftWebhookWorkflow(
  ...input: Parameters<typeof genuine.SpaceliftWebhookWorkflow>
) {
  upsertMemo({ altered: true });
  return genuine.SpaceliftWebhookWorkflow(...input);
}

export async function SpaceliftLaneWorkflow(
  ...input: Parameters<typeof genuine.SpaceliftLaneWorkflow>
) {
  upsertMemo({ altered: true });
  return genuine.SpaceliftLaneWorkflow(...input);
}
