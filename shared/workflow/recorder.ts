/** The record every execution keeps for its result: what was done, when, and whether it worked. */
import { log, workflowInfo } from '@temporalio/workflow';
import { messageOf, rethrowCancellation } from './failures.ts';
import type { Deed } from './messages.ts';

export type Recorder = {
  readonly done: readonly Deed[];
  /** Notes a deed without anything to carry out. */
  readonly note: (action: string, detail?: string) => void;
  /** Carries an action out; its failure is recorded and never takes the execution down. */
  readonly carryOut: (action: string, act: () => Promise<void>) => Promise<void>;
  /** The same for what a rule wants; `act` answers a detail, and `about` stands before the detail of a failure. */
  readonly carryOutFor: (
    wanted: { readonly rule: string; readonly action: string; readonly about: string },
    act: () => Promise<string | null>,
  ) => Promise<boolean>;
};

export const nowIso = (): string => new Date().toISOString();

/** `carried` is what was done before the execution continued as new. */
export function createRecorder(carried: readonly Deed[] = []): Recorder {
  const done: Deed[] = [...carried];
  return {
    done,
    note(action, detail) {
      done.push({ action, at: nowIso(), outcome: 'done', ...(detail !== undefined && { detail }) });
    },
    async carryOut(action, act) {
      try {
        await act();
        done.push({ action, at: nowIso(), outcome: 'done' });
      } catch (error) {
        rethrowCancellation(error);
        const detail = messageOf(error);
        log.warn('action failed', {
          action,
          error: detail,
          executionId: workflowInfo().workflowId,
        });
        done.push({ action, at: nowIso(), outcome: 'failed', detail });
      }
    },
    async carryOutFor({ rule, action, about }, act) {
      const withAbout = (detail: string | null) =>
        [about, detail].filter((text) => text !== null && text !== '').join(': ');
      const deed = (outcome: Deed['outcome'], detail: string): Deed => ({
        action,
        at: nowIso(),
        outcome,
        rule,
        ...(detail !== '' && { detail }),
      });
      try {
        const detail = await act();
        done.push(deed('done', withAbout(detail)));
        return true;
      } catch (error) {
        rethrowCancellation(error);
        const detail = withAbout(messageOf(error));
        const { workflowId: executionId } = workflowInfo();
        log.warn('reaction failed', { action, rule, error: detail, executionId });
        done.push(deed('failed', detail));
        return false;
      }
    },
  };
}
