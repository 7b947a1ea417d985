/** Recorded histories made by hand: a good one, in which much went wrong on the way, and the means to spoil it. */
import type {
  ChaosHistory,
  KeptDelivery,
  RecordedExecution,
  SentDelivery,
} from '../../../dev/chaos/history.ts';

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
): RecordedExecution => ({
  id: `spacelift/demo/app/run/${run}`,
  executionRunId: `temporal-${run}`,
  status: 'COMPLETED',
  signalled: [...signalled],
  steps: [...steps],
  done: [...done],
});

const A = ['QUEUED', 'PLANNING', 'UNCONFIRMED', 'PLANNING', 'UNCONFIRMED', 'FINISHED'];
const B = ['QUEUED', 'PLANNING', 'FAILED'];
const C = ['QUEUED', 'DISCARDED'];

/**
 * Run a: told by two families, one delivery dropped, one sent twice, one acknowledged at its third try, one that no answer
 * came to and that was kept all the same; a batch was signalled twice. Run b: its end came too late to be signalled. Run
 * c: nothing of it ever arrived, so nothing follows it.
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
    ],
    runs: [
      { id: 'a', stack: 'app', states: A },
      { id: 'b', stack: 'app', states: B },
      { id: 'c', stack: 'app', states: C },
    ],
    executions: [
      execution('a', [a(0), a(0, 'derived'), a(0), a(0, 'derived'), a(3), a(1), a(4), a(5)], A, [
        'notify UNCONFIRMED',
        'notify UNCONFIRMED',
        'handle_completed_run',
      ]),
      execution('b', [b(0), b(1)], B, ['notify FAILED', 'handle_failed_run']),
    ],
  } satisfies ChaosHistory) as MutableHistory;
};
