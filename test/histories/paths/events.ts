/** Event executions: every kind of event that has one to itself. */
import { auditEvent, INTERNAL_ERROR, moduleVersionEvent, stackEvent } from '../../events.ts';
import type { SingleEvent } from '../../../shared/workflow/messages.ts';
import type { Path } from './path.ts';

const of = (name: string, end: string, event: SingleEvent): Path => ({
  name,
  ends: { event: end },
  bring: async (stage) => ({ event: await stage.record(`recorded/${name}`, event) }),
});

export const EVENT_PATHS: readonly Path[] = [
  of('failed', 'failed', stackEvent('network', { error: 'plan exploded' })),
  of('completed', 'completed', stackEvent('network', { type: 'completed' })),
  of('internal-error', 'recorded', INTERNAL_ERROR),
  of('module-version', 'recorded', moduleVersionEvent('terraform-aws-vpc')),
  of(
    'module-version-failed',
    'recorded',
    moduleVersionEvent('terraform-aws-vpc', { state: 'FAILED' }),
  ),
  of('audit', 'recorded', auditEvent()),
];
