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
  };
}
