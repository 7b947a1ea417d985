/**
 * What configuration decides about executions. The workflow knows no environment, so every interval comes in with the
 * start input, and an execution keeps the settings it was started with. Types only.
 */
import type { RetryPolicy } from '../contract/events.ts';

export type WorkflowSettings = {
  /** How a run is tried for; an intent may ask for other values. */
  readonly retry: RetryPolicy;
  /** How long after an unanswered trigger Spacelift may still create the run. */
  readonly settleMs: number;
  /** How often the lane looks for such a run, spread over the settle time. */
  readonly looks: number;
  /** How long the lane remembers an unanswered trigger whose run was not seen. */
  readonly doubtHorizonMs: number;
  /** How long a lane without work stays open; never below the doubt horizon in effect. */
  readonly laneIdleMs: number;
  /** Silence after which Spacelift is asked, while machines work. */
  readonly silenceMs: number;
  /** The same while a person must act: days are normal. */
  readonly waitingSilenceMs: number;
  /** Accounts whose Spacelift calls have a task queue of their own; all others share one. */
  readonly accounts?: readonly string[];
  /** Search attributes the namespace has registered; any other would make the start fail. */
  readonly searchAttributes: readonly string[];
  /** Whether messages of failures are written where the payload codec covers them. */
  readonly encodesFailures?: boolean;
};
