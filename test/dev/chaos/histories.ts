/** Recorded histories made by hand: a good one, in which much went wrong on the way, and the means to spoil it. */
import type {
  ChaosHistory,
  KeptDelivery,
  RecordedExecution,
  RecordedResult,
  RecordedRun,
  SentDelivery,
  SentIntent,
  SentNotice,
} from '../../../dev/chaos/history.ts';
import { eventTypeOfState } from '../../../shared/contract/states.ts';

type Mutable<Content> = Content extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : Content extends object
    ? { -readonly [Name in keyof Content]: Mutable<Content[Name]> }
    : Content;

export type MutableHistory = Mutable<ChaosHistory>;

const AT = 1_760_000_000_000;

const keyOf = (run: string, state: string, version: number, order = 'exact') =>
  `run/demo/${run}/${state}/${order}.${version}`;

const sent = (
  run: string,
  state: string,
  stateVersion: number,
  statuses: readonly (number | null)[],
  more: Partial<SentDelivery> = {},
): SentDelivery => ({
  key: keyOf(run, state, stateVersion),
  webhook: 'hook',
  stack: 'app',
  run,
  state,
  stateVersion,
  copy: 1,
  outcome: statuses.length === 0 ? 'dropped' : statuses.at(-1) === 202 ? 'delivered' : 'failed',
  tries: statuses.map((status, index) => ({ at: AT + index, status })),
  ...more,
});

const kept = (
  seq: number,
  key: string,
  verdict = 'signalled',
  more: Partial<KeptDelivery> = {},
): KeptDelivery => ({
  inbox: 'demo/app',
  key,
  seq,
  status: 'delivered',
  verdict,
  reason: null,
  lastError: null,
  attempts: 1,
  ...more,
});

const execution = (
  run: string,
  signalled: readonly string[],
  steps: readonly string[],
  done: readonly string[],
  more: Partial<RecordedExecution> = {},
): RecordedExecution => ({
  id: `spacelift/demo/app/run/${run}`,
  executionRunId: `temporal-${run}`,
  status: 'COMPLETED',
  signalled: [...signalled],
  steps: [...steps],
  done: [...done],
  result: resultOf(steps.at(-1) ?? ''),
  notices: [],
  ...more,
});

const resultOf = (state: string, runId: string | null = null, attempts = 0): RecordedResult => ({
  outcome: eventTypeOfState(state),
  runId,
  state,
  attempts,
  reason: null,
});

const run = (
  id: string,
  states: readonly string[],
  more: Partial<RecordedRun> = {},
): RecordedRun => ({
  id,
  stack: 'app',
  type: 'TRACKED',
  command: null,
  isOurs: false,
  madeFor: null,
  createdAt: AT,
  states: [...states],
  ...more,
});

const intent = (name: string, more: Partial<SentIntent> = {}): SentIntent => ({
  key: `intent/demo/app/key.${name}`,
  executionId: `spacelift/demo/app/trigger/key.${name}`,
  stack: 'app',
  runType: 'TRACKED',
  command: null,
  maximumAttempts: 5,
  mustEnd: null,
  tries: [{ at: AT, status: 202 }],
  ...more,
});

const notice = (topic: string, runId: string, more: Partial<SentNotice> = {}): SentNotice => ({
  key: `${topic} ${runId}`,
  topic,
  runId,
  attempts: 1,
  isDone: true,
  ...more,
});

const A = ['QUEUED', 'PLANNING', 'UNCONFIRMED', 'PLANNING', 'UNCONFIRMED', 'FINISHED'];
const B = ['QUEUED', 'PLANNING', 'FAILED'];
const C = ['QUEUED', 'DISCARDED'];

/**
 * Run a: told by two families, one delivery dropped, one sent twice, one acknowledged at its third try, one that no answer
 * came to and that was kept all the same; a batch was signalled twice. Run b: its end came too late to be signalled, and
 * the worker died between its notice and the record of it. Run c: nothing of it ever arrived, and a sweep found it. Intent
 * one: its first request made a run that came late and is nobody's; none: it had one attempt; lost: it never arrived.
 */
export const goodHistory = (): MutableHistory => {
  const a = (version: number, order?: string) => keyOf('a', A[version] ?? '', version, order);
  const b = (version: number) => keyOf('b', B[version] ?? '', version);
  return structuredClone({
    account: 'demo',
    sent: [
      sent('a', 'QUEUED', 0, [202]),
      sent('a', 'QUEUED', 0, [202], { webhook: 'policy', key: a(0, 'derived') }),
      sent('a', 'PLANNING', 1, [null, 503, 202]),
      sent('a', 'UNCONFIRMED', 2, []),
      sent('a', 'PLANNING', 3, [202]),
      sent('a', 'PLANNING', 3, [202], { copy: 2 }),
      sent('a', 'UNCONFIRMED', 4, [null]),
      sent('a', 'FINISHED', 5, [202]),
      sent('b', 'QUEUED', 0, [202]),
      sent('b', 'PLANNING', 1, [202]),
      sent('b', 'FAILED', 2, [202]),
      sent('c', 'QUEUED', 0, [null]),
      sent('c', 'DISCARDED', 1, []),
    ],
    kept: [
      kept(1, a(0), 'started'),
      kept(2, b(0), 'started'),
      kept(3, a(0, 'derived')),
      kept(4, a(3)),
      kept(5, a(1)),
      kept(6, b(1)),
      kept(7, a(4)),
      kept(8, a(5)),
      kept(9, b(2), 'already-handled'),
      kept(10, 'intent/demo/app/key.one', 'started'),
      kept(11, 'intent/demo/app/key.none', 'started'),
    ],
    runs: [
      run('a', A),
      run('b', B),
      run('c', C),
      run('one', B, { isOurs: true, madeFor: 'key.one', createdAt: AT + 100 }),
      run('late', A, { isOurs: true, madeFor: 'key.one', createdAt: AT + 9000 }),
    ],
    requests: [
      { at: AT, stack: 'app', made: ['late'] },
      { at: AT + 100, stack: 'app', made: ['one'] },
      { at: AT + 100, stack: 'app', made: [] },
    ],
    settleMs: 1500,
    leftInDoubt: ['careful'],
    standstills: [{ from: AT - 9000, to: AT - 5000 }],
    intents: [
      intent('one', {
        tries: [null, 503, 202, 202].map((status, index) => ({ at: AT + index, status })),
      }),
      intent('none', { maximumAttempts: 1 }),
      intent('lost', { tries: [{ at: AT, status: null }] }),
    ],
    told: [
      'run-waiting a',
      'run-waiting a',
      'run-failed b',
      'run-failed b',
      'extra-run late',
      'run-failed one',
    ],
    decisions: [],
    executions: [
      execution(
        'a',
        [a(0), a(0, 'derived'), a(0), a(0, 'derived'), a(3), a(1), a(4), a(5)],
        A,
        ['notify UNCONFIRMED', 'notify UNCONFIRMED', 'trigger-dependents', 'handle_completed_run'],
        { notices: [notice('run-waiting', 'a'), notice('run-waiting', 'a')] },
      ),
      execution('b', [b(0), b(1)], B, ['notify FAILED', 'handle_failed_run'], {
        notices: [notice('run-failed', 'b', { attempts: 2 })],
      }),
      execution('c', [], C, ['tell-registry', 'handle_run_events']),
      execution('one', [], B, ['notify FAILED', 'handle_failed_run'], {
        notices: [notice('run-failed', 'one')],
      }),
      execution('late', [], A, ['handle_completed_run']),
      execution('', [], [], [], {
        id: 'spacelift/demo/app/trigger/key.one',
        signalled: ['intent/demo/app/key.one'],
        result: resultOf('FAILED', 'one', 2),
      }),
      execution('', [], [], [], {
        id: 'spacelift/demo/app/trigger/key.none',
        signalled: ['intent/demo/app/key.none'],
        result: { ...resultOf('', null, 1), outcome: 'not-triggered', reason: 'no answer' },
      }),
      execution('', [], [], [], {
        id: 'spacelift/demo/app/lane',
        status: 'RUNNING',
        result: null,
        notices: [notice('extra-run', 'late')],
      }),
      execution('', [], [], [], { id: 'spacelift/demo/sweep-2026', result: null }),
    ],
  } satisfies ChaosHistory) as unknown as MutableHistory;
};
