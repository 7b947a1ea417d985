/** Spacelift's default payload of a run's state change: named, stack-attached and audit webhooks send it. */
import * as v from 'valibot';
import { eventTypeOfState } from '../states.ts';
import { fail, succeed } from '../result.ts';
import {
  AccountSchema,
  CountSchema,
  type Family,
  fieldOf,
  isJsonObject,
  lenient,
  LenientBoolean,
  LenientCount,
  LenientInstant,
  LenientText,
  LenientTexts,
  toTriggeredBy,
} from './family.ts';

const DefaultRunPayloadSchema = v.object({
  account: AccountSchema,
  state: v.string(),
  stateVersion: LenientCount,
  timestamp: LenientInstant,
  timestamp_millis: LenientInstant,
  run: v.object({
    id: v.string(),
    branch: LenientText,
    commit: lenient(v.object({ hash: LenientText })),
    delta: lenient(v.object({ added: CountSchema, changed: CountSchema, deleted: CountSchema })),
    driftDetection: LenientBoolean,
    triggeredBy: LenientText,
    type: LenientText,
    url: LenientText,
  }),
  stack: v.object({ id: v.string(), labels: LenientTexts }),
});

export const defaultRun: Family = {
  recognises: (payload) =>
    isJsonObject(payload['run']) && isJsonObject(payload['stack']) && 'state' in payload,

  read(payload) {
    const parsed = v.safeParse(DefaultRunPayloadSchema, payload);
    if (!parsed.success) return fail({ reason: 'field-invalid', field: fieldOf(parsed.issues) });
    const { account, state, stateVersion, run, stack, ...times } = parsed.output;
    return succeed({
      about: 'run',
      type: eventTypeOfState(state),
      account,
      stackId: stack.id,
      runId: run.id,
      state,
      stateVersion,
      order: stateVersion === null ? 'absent' : 'exact',
      family: 'default',
      occurredAt: times.timestamp_millis ?? times.timestamp,
      runType: run.type,
      branch: run.branch,
      commit: run.commit?.hash ?? null,
      driftDetection: run.driftDetection ?? false,
      triggeredBy: toTriggeredBy(run.triggeredBy),
      url: run.url,
      labels: stack.labels,
      delta: run.delta,
      userMetadata: [],
    });
  },
};
