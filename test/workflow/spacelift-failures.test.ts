/**
 * The table of docs/operate.md, "Failures of the Spacelift API", row by row on a real server: what an intent ends with when
 * Spacelift fails its trigger so.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import type { SpaceliftClients } from '../../shared/activities/spacelift-activities.ts';
import type { IntentResult } from '../../shared/workflow/messages.ts';
import { createSpaceliftClients } from '../../worker/spacelift-clients.ts';
import { ACCOUNT } from '../events.ts';
import { type Harness, SETTINGS, startHarness } from './harness.ts';

const KEY = {
  account: ACCOUNT,
  keyId: '01JSIMULATORKEY00000000000',
  keySecret: 'simulator-secret',
};

/** Slow answers take longer. */
const DEADLINE_MS = 1500;

const ATTEMPTS = 2;
const { initialIntervalMs } = SETTINGS.retry;

let harness: Harness;
let clientOf: SpaceliftClients;

const connect = (changes: Partial<typeof KEY & { endpoint: string }> = {}) => {
  const key = { ...KEY, endpoint: harness.simulatorUrl, ...changes };
  clientOf = createSpaceliftClients({ spacelift: [key], deadlineMs: DEADLINE_MS });
};

beforeAll(async () => {
  harness = await startHarness(
    inject('temporalCli'),
    {},
    { workers: { clientOf: (account) => clientOf(account) } },
  );
  connect();
});
afterAll(() => harness.stop());

const fault = (stack: string, what: object, operation = 'runTrigger') =>
  harness.control('POST', '/faults', { operation, stack, times: ATTEMPTS, ...what });
const changeStack = (id: string, changes: object) =>
  harness.control('POST', '/stacks', { id, autodeploy: true, ...changes });
const dropTokens = () => harness.control('DELETE', '/tokens');

type Row = {
  readonly arrange: (stackId: string) => unknown;
  /** Between the attempts; none for what is tried once. */
  readonly waits?: readonly number[];
  /** Strikes all stacks. */
  readonly isOfAccount?: true;
};

const BY_POLICY = { waits: [initialIntervalMs] };

/** By the first column of the table. */
const ROWS: Readonly<Record<string, Row>> = {
  'unknown stack': { arrange: () => {} },
  'no permission': { arrange: (id) => fault(id, { message: 'unauthorized' }) },
  'wrong id or secret': { arrange: () => connect({ keySecret: 'wrong' }), isOfAccount: true },
  'key removed (`apiKeyUser` is null)': {
    arrange: async () => {
      await harness.control('POST', '/faults', {
        operation: 'apiKeyUser',
        nullAt: ['apiKeyUser'],
        times: 1000,
      });
      connect();
    },
    isOfAccount: true,
  },
  'locked stack': { arrange: (id) => changeStack(id, { lockedBy: 'ada' }), ...BY_POLICY },
  'disabled stack': { arrange: (id) => changeStack(id, { isDisabled: true }), ...BY_POLICY },
  'rate limit, with `Retry-After: 1`': {
    arrange: (id) => fault(id, { status: 429, retryAfterSeconds: 1 }),
    waits: [1000],
  },
  'rate limit without': { arrange: (id) => fault(id, { status: 429 }), ...BY_POLICY },
  'no connection': {
    arrange: async () => connect({ endpoint: await closedEndpoint() }),
    isOfAccount: true,
    ...BY_POLICY,
  },
  'no token for lack of an answer': {
    arrange: async () => {
      await harness.control('POST', '/faults', {
        operation: 'apiKeyUser',
        status: 502,
        times: 1000,
      });
      connect();
    },
    isOfAccount: true,
    ...BY_POLICY,
  },
  '5xx': { arrange: (id) => fault(id, { status: 503 }), ...BY_POLICY },
  "GraphQL error of the server's own": {
    arrange: (id) => fault(id, { message: 'internal server error' }),
    ...BY_POLICY,
  },
  'any other GraphQL error': { arrange: (id) => fault(id, { message: 'commit is not there' }) },
  'time-out': { arrange: (id) => fault(id, { hangMs: 60_000, status: 200 }), ...BY_POLICY },
  'broken connection': { arrange: (id) => fault(id, { lost: true }), ...BY_POLICY },
  'no JSON': { arrange: (id) => fault(id, { body: '<html>' }), ...BY_POLICY },
  'JSON of another shape': { arrange: (id) => fault(id, { body: '{"data":{}}' }), ...BY_POLICY },
};

type DocumentedRow = {
  readonly name: string;
  readonly failureClass: string;
  readonly reason: string;
};

async function documentedRows(): Promise<readonly DocumentedRow[]> {
  const text = await readFile(new URL('../../docs/operate.md', import.meta.url), 'utf8');
  const section = text.split('### Failures of the Spacelift API')[1]?.split('\n## ')[0] ?? '';
  return section
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) =>
      ['final', 'retryable', 'ambiguous'].includes(cells[2]?.replaceAll('`', '') ?? ''),
    )
    .map(([, name = '', failureClass = '', reason = '']) => ({
      name,
      failureClass: failureClass.replaceAll('`', ''),
      reason: reason.replace(/^`|`$/g, ''),
    }));
}

/** Where nothing listens any more. */
async function closedEndpoint(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  await new Promise((resolve) => void server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('Cannot listen: no port');
  return `http://127.0.0.1:${address.port}`;
}

const slugOf = (name: string) => name.toLowerCase().replace(/\W+/g, '-').replace(/-$/, '');

describe('failures of the Spacelift API', async () => {
  const documented = await documentedRows();

  test('are documented as they are tested', () => {
    expect(documented.map(({ name }) => name).toSorted()).toEqual(Object.keys(ROWS).toSorted());
  });

  async function play({ name, failureClass, reason }: DocumentedRow): Promise<void> {
    const row = ROWS[name];
    const stackId = `fails-${slugOf(name)}`;
    if (name !== 'unknown stack') await harness.addStack(stackId);
    await row?.arrange(stackId);
    const retry = { maximumAttempts: ATTEMPTS };
    const result = (await (
      await harness.pursue(stackId, 'key.1', { retry })
    ).result) as IntentResult;
    const { waits = [] } = row ?? {};
    expect(result).toMatchObject({
      outcome: 'not-triggered',
      failureClass,
      attempts: waits.length + 1,
      reason: `Cannot trigger a TRACKED run of stack ${stackId}: ${reason}`,
    });
    expect(result.retriedAfterMs ?? []).toEqual(waits);
    expect(await harness.runsOf(stackId)).toEqual([]);
  }

  const isOfAccount = ({ name }: DocumentedRow) => ROWS[name]?.isOfAccount ?? false;

  describe('of a call', () => {
    test.concurrent.each(documented.filter((row) => !isOfAccount(row)))(
      '$name: $failureClass',
      play,
    );
  });

  describe('of an account', () => {
    afterEach(async () => {
      await harness.control('DELETE', '/faults');
      connect();
    });
    test.each(documented.filter(isOfAccount))('$name: $failureClass', play);
  });
});

describe('what looks like a failure of the Spacelift API', () => {
  /** One look, so that nothing puts right what it is told wrongly. */
  const pursue = async (stackId: string) =>
    (await (
      await harness.pursue(stackId, 'key.1', {}, { ...SETTINGS, looks: 1 })
    ).result) as IntentResult;

  async function expectOneRun(stackId: string, attempts = 1): Promise<void> {
    const result = await pursue(stackId);
    expect(result).toMatchObject({ outcome: 'completed', attempts });
    expect(result).not.toHaveProperty('failureClass');
    expect((await harness.runsOf(stackId)).map(({ id }) => id)).toEqual([result.runId]);
  }

  test('an error beside the run that was made: the run counts', async () => {
    const stackId = await harness.addStack('partial-made');
    await fault(stackId, { errorBeside: 'something else went wrong' });
    await expectOneRun(stackId);
  });

  test('an expired token: the trigger is sent again with a new one', async () => {
    const stackId = await harness.addStack('expired');
    await expectOneRun(await harness.addStack('expired-before'));
    await dropTokens();
    await expectOneRun(stackId);
  });

  test.each([
    ['empty lists of an expired token', { expiredToken: true, times: 1 }],
    [
      'a list with a hole and an error beside it',
      { nullAt: ['stack.found'], errorBeside: 'internal error', times: 1 },
    ],
  ])('%s: not taken for "no run was made"', async (name, holes) => {
    const stackId = await harness.addStack(`looks-${slugOf(name)}`);
    await fault(stackId, { lost: true, created: true, times: 1 });
    await fault(stackId, holes, 'stack');
    await expectOneRun(stackId);
  });

  test('a locked stack that is unlocked while its intent waits: triggered then', async () => {
    const stackId = await harness.addStack('unlocked');
    await changeStack(stackId, { lockedBy: 'ada' });
    const wish = {
      retry: { maximumAttempts: 100, initialIntervalMs: 200, maximumIntervalMs: 200 },
    };
    const { result } = await harness.pursue(stackId, 'key.1', wish);
    const refusals = async () =>
      (
        (await harness.control('GET', '/journal')) as {
          operations: readonly { operation: string; stack?: string }[];
        }
      ).operations.filter(({ operation, stack }) => operation === 'runTrigger' && stack === stackId)
        .length;
    await expect.poll(refusals, { timeout: 30_000 }).toBeGreaterThan(1);
    await changeStack(stackId, { lockedBy: null });
    const ended = (await result) as IntentResult;
    expect(ended.outcome).toBe('completed');
    expect(ended.retriedAfterMs).toEqual(Array(ended.attempts - 1).fill(200));
    expect(await harness.runsOf(stackId)).toHaveLength(1);
  });
});
