/**
 * The input of a notification policy, forwarded whole or cut down by the policy's author (`run_updated`). It has no
 * stateVersion: the position of the state is counted from `states_history`, which includes the current state.
 */
import * as v from 'valibot';
import { eventTypeOfState } from '../states.ts';
import { fail, succeed } from '../result.ts';
import {
  AccountSchema,
  type Family,
  fieldOf,
  isJsonObject,
  lenient,
  LenientBoolean,
  LenientInstant,
  LenientText,
  LenientTexts,
  toTriggeredBy,
} from './family.ts';

const RunUpdatedPayloadSchema = v.object({
  account: AccountSchema,
  run_updated: v.object({
    state: LenientText,
    urls: lenient(v.object({ run: LenientText })),
    run: v.object({
      id: v.string(),
      state: LenientText,
      type: LenientText,
      branch: LenientText,
      commit: lenient(v.object({ hash: LenientText })),
      drift_detection: LenientBoolean,
      triggered_by: LenientText,
      updated_at: LenientInstant,
      states_history: lenient(v.array(v.unknown())),
      user_provided_metadata: LenientTexts,
    }),
    stack: v.object({ id: v.string(), labels: LenientTexts }),
  }),
});

export const runUpdated: Family = {
  recognises: (payload) => isJsonObject(payload['run_updated']),

  read(payload) {
    const parsed = v.safeParse(RunUpdatedPayloadSchema, payload);
    if (!parsed.success) return fail({ reason: 'field-invalid', field: fieldOf(parsed.issues) });
    const { account, run_updated: updated } = parsed.output;
    const { run, stack } = updated;
    const state = updated.state ?? run.state;
    if (state === null) return fail({ reason: 'field-invalid', field: 'run_updated.state' });
    const positions = run.states_history?.length ?? 0;
    return succeed({
      about: 'run',
      type: eventTypeOfState(state),
      account,
      stackId: stack.id,
      runId: run.id,
      state,
      stateVersion: positions > 0 ? positions - 1 : null,
      order: positions > 0 ? 'derived' : 'absent',
      family: 'run_updated',
      occurredAt: run.updated_at,
      runType: run.type,
      branch: run.branch,
      commit: run.commit?.hash ?? null,
      driftDetection: run.drift_detection ?? false,
      triggeredBy: toTriggeredBy(run.triggered_by),
      url: updated.urls?.run ?? null,
      labels: stack.labels,
      delta: null,
      userMetadata: run.user_provided_metadata,
    });
  },
};
