/** Workflows that fail by themselves and by their task, with settings like those of ours. */
import { ApplicationFailure } from '@temporalio/workflow';
import { chooseFailures } from '../../shared/workflow/failure-converter.ts';
import type { WorkflowSettings } from '../../shared/workflow/settings.ts';

export async function failOutright(settings: WorkflowSettings): Promise<void> {
  chooseFailures(settings);
  throw ApplicationFailure.nonRetryable('planted message', 'Planted');
}

export async function failTask(settings: WorkflowSettings): Promise<void> {
  chooseFailures(settings);
  throw new RangeError('planted message');
}
