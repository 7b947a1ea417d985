/**
 * Stands in for the app while the configuration cannot be read: 503 for everything, so that Spacelift tries again, and
 * the fault in the log of each request. Never a 401: the sender has done nothing wrong.
 */
import { REFUSALS } from '../shared/contract/refusals.ts';
import type { Log } from './log.ts';

export function createMisconfiguredApp(fault: string, log: Log) {
  return {
    fetch(): Response {
      log.error(fault);
      const { status, message } = REFUSALS['inbox-unavailable'];
      return Response.json(
        { status: 'misconfigured', error: 'inbox-unavailable', message },
        { status },
      );
    },
  };
}
