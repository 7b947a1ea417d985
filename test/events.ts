/** Events as tests want them: sound in every field, and different where a test says so. */
import type {
  AuditEvent,
  IntentEvent,
  InternalErrorEvent,
  ModuleVersionEvent,
  RunEvent,
  StackEvent,
} from '../shared/contract/events.ts';
import { eventTypeOfState } from '../shared/contract/states.ts';

export const ACCOUNT = 'demo';

/** Of one run, `stateVersion` null for a telling without a position. */
export const runEvent = (
  stackId: string,
  runId: string,
  state: string,
  stateVersion: number | null,
  changes: Partial<RunEvent> = {},
): RunEvent => ({
  about: 'run',
  type: eventTypeOfState(state),
  account: ACCOUNT,
  stackId,
  runId,
  state,
  stateVersion,
  order: stateVersion === null ? 'absent' : 'exact',
  family: 'default',
  occurredAt: stateVersion === null ? null : 1_760_000_000_000 + stateVersion * 1000,
  runType: 'TRACKED',
  branch: 'main',
  commit: null,
  driftDetection: false,
  triggeredBy: { kind: 'vcs' },
  url: null,
  labels: [],
  delta: null,
  userMetadata: [],
  ...changes,
});

export const intentEvent = (
  stackId: string,
  key: string,
  changes: Partial<IntentEvent> = {},
): IntentEvent => ({
  about: 'intent',
  type: 'triggered',
  account: ACCOUNT,
  stackId,
  key,
  runType: 'TRACKED',
  commit: null,
  retry: {},
  ...changes,
});

export const stackEvent = (stackId: string, changes: Partial<StackEvent> = {}): StackEvent => ({
  about: 'stack',
  type: 'failed',
  account: ACCOUNT,
  stackId,
  occurredAt: null,
  error: null,
  ...changes,
});

export const INTERNAL_ERROR: InternalErrorEvent = {
  about: 'account',
  type: 'internal_error',
  account: ACCOUNT,
  severity: 'ERROR',
  error: 'oops',
  message: null,
};

export const moduleVersionEvent = (
  moduleId: string,
  changes: Partial<ModuleVersionEvent> = {},
): ModuleVersionEvent => ({
  about: 'module',
  type: 'module_version',
  account: ACCOUNT,
  moduleId,
  versionId: '01VERSION',
  number: '1.4.0',
  state: 'ACTIVE',
  commit: null,
  latest: true,
  occurredAt: 1_760_000_000_000,
  ...changes,
});

export const auditEvent = (changes: Partial<AuditEvent> = {}): AuditEvent => ({
  about: 'audit',
  type: 'audit',
  account: ACCOUNT,
  action: 'stack.update',
  actor: { kind: 'other' },
  mutation: 'stackUpdate',
  occurredAt: 1_760_000_000_000,
  ...changes,
});
