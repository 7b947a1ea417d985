/**
 * The worked change of CONTRIBUTING.md, "Changing a workflow": one command more, behind a patch marker. `altered.ts` makes
 * the same change without one.
 */
import { patched, upsertMemo } from '@temporalio/workflow';
import * as genuine from '../../shared/workflow/index.ts';

const noted =
  <Input extends unknown[], Result>(workflow: (...input: Input) => Promise<Result>) =>
  (...input: Input): Promise<Result> => {
    if (patched('note-first')) upsertMemo({ noted: true });
    return workflow(...input);
  };

export const SpaceliftWebhookWorkflow = noted(genuine.SpaceliftWebhookWorkflow);
export const SpaceliftLaneWorkflow = noted(genuine.SpaceliftLaneWorkflow);
export const SpaceliftSweepWorkflow = noted(genuine.SpaceliftSweepWorkflow);
export const SpaceliftDigestWorkflow = noted(genuine.SpaceliftDigestWorkflow);
export const SpaceliftPropagationWorkflow = noted(genuine.SpaceliftPropagationWorkflow);
export const SpaceliftPropagationRegistryWorkflow = noted(
  genuine.SpaceliftPropagationRegistryWorkflow,
);
