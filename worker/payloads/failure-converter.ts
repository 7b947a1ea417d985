/** Puts message and stack trace of a failure into a payload, where the payload codec covers them. */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
