/** The workflows with one command more than the histories know: replaying them under these must fail. */
import { upsertMemo } from '@temporalio/workflow';
import * as genuine from '../../shared/workflow/index.ts';

const altered =
  <Input extends unknown[], Result>(workflow: (...input: Input) => Promise<Result>) =>
  (...input: Input): Promise<Result> => {
    upsertMemo({ altered: true });
    return workflow(...input);
  };

export const SpaceliftWebhookWorkflow = altered(genuine.SpaceliftWebhookWorkflow);
export const SpaceliftLaneWorkflow = altered(genuine.SpaceliftLaneWorkflow);
export const SpaceliftSweepWorkflow = altered(genuine.SpaceliftSweepWorkflow);
export const SpaceliftDigestWorkflow = altered(genuine.SpaceliftDigestWorkflow);
export const SpaceliftPropagationWorkflow = altered(genuine.SpaceliftPropagationWorkflow);
export const SpaceliftPropagationRegistryWorkflow = altered(
  genuine.SpaceliftPropagationRegistryWorkflow,
);
