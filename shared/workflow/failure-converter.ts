/**
 * How errors of the workflow become failures in its history. Where a payload codec is in use, message and stack trace go
 * into a payload, which is all that a codec sees; without one they stay readable. The bundle installs the converter, the
 * execution's own settings switch it: the module is loaded anew for each execution.
 */
import { DefaultFailureConverter } from '@temporalio/common';
import type { WorkflowSettings } from './settings.ts';

export const failureConverter = new DefaultFailureConverter();

export function chooseFailures({ encodesFailures = false }: WorkflowSettings): void {
  failureConverter.options.encodeCommonAttributes = encodesFailures;
}
