/** Switches that no other test turns: each both ways, by what a client sees. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import type { SwitchesInput } from '../../../dev/simulator/switches.ts';
import { startSimulator } from './support.ts';

const METADATA = { 'Spacelift-User-Provided-Run-Metadata': 'intent-7' };
const WAIT = { timeout: 30_000 };

async function start(switches: SwitchesInput, webhook: object | null = null, input = {}) {
  const simulator = startSimulator({ switches, ...input });
  await simulator.control('POST', '/stacks', { id: 'app' });
  if (webhook !== null)
    await simulator.control('POST', '/webhooks', { url: 'http://x.example', ...webhook });
  return simulator;
}

async function withServer(
  answer: (url: string) => { status: number; headers?: Record<string, string> },
  test: (url: string) => Promise<void>,
) {
  const server = createServer((request, response) => {
    const { status, headers = {} } = answer(request.url ?? '');
    response.writeHead(status, headers).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  try {
    await test(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('runMetadata', () => {
  const QUERY = '{ stack(id: "app") { runs { userProvidedMetadata } } }';
  const TRIGGER = 'mutation { runTrigger(stack: "app") { id } }';

  it('is a field of runs when shown', async () => {
    const { ask, logIn } = await start({ runMetadata: 'shown' });
    const auth = await logIn();
    await ask(TRIGGER, {}, { ...auth, ...METADATA });
    expect(await ask(QUERY, {}, auth)).toEqual({
      data: { stack: { runs: [{ userProvidedMetadata: ['intent-7'] }] } },
    });
  });

  it('is unknown to the schema otherwise', async () => {
    const { ask, logIn } = await start({});
    const { errors } = await ask(QUERY, {}, await logIn());
    expect(errors?.[0]?.message).toContain('Cannot query field "userProvidedMetadata"');
  });
});

describe('payloadLimitBytes', () => {
  it.each([
    [null, 'delivered'],
    [100_000, 'delivered'],
    [200, 'dropped'],
  ])('%s: a payload of a kilobyte is %s', async (payloadLimitBytes, outcome) => {
    const { caught, clock, journal, startRun } = await start({ payloadLimitBytes }, {});
    await startRun('app');
    await clock.advance(10);
    expect((await journal()).deliveries).toMatchObject([{ outcome }]);
    expect(caught).toHaveLength(outcome === 'delivered' ? 1 : 0);
  });
});

describe('publicWorkerPool', () => {
  const poolOf = async (switches: SwitchesInput, stack: object = {}) => {
    const simulator = await start(switches, { family: 'run_updated' });
    await simulator.control('POST', '/stacks', { id: 'app', ...stack });
    await simulator.startRun('app');
    await simulator.clock.advance(10);
    const input = simulator.caught[0]?.json['run_updated'] as { stack: Record<string, unknown> };
    return input.stack['worker_pool'];
  };

  it.each([
    ['shown', { id: '', labels: [], name: '', public: true }],
    ['absent', undefined],
  ] as const)('%s', async (publicWorkerPool, expected) => {
    expect(await poolOf({ publicWorkerPool })).toEqual(expected);
  });

  it('has no say about a private pool', async () => {
    const workerPool = { id: 'pool', name: 'Pool', labels: ['big'] };
    expect(await poolOf({ publicWorkerPool: 'absent' }, { workerPool })).toEqual({
      ...workerPool,
      public: false,
    });
  });
});

it('a private worker pool is in the default payload', async () => {
  const { caught, clock, control, startRun } = await start({}, {});
  await control('POST', '/stacks', { id: 'app', workerPool: { id: 'pool', labels: ['big'] } });
  await startRun('app');
  await clock.advance(10);
  expect(caught[0]?.json['workerPool']).toEqual({
    public: false,
    id: 'pool',
    name: '',
    labels: ['big'],
  });
});

describe('dependentTriggeredBy', () => {
  it.each([
    ['inherited', 'ada'],
    ['null', null],
  ] as const)('%s', async (dependentTriggeredBy, expected) => {
    const { control, startRun } = await start({ dependentTriggeredBy });
    await control('POST', '/stacks', { id: 'db', dependsOn: ['app'] });
    await startRun('app', { triggeredBy: 'ada' });
    expect((await control('GET', '/runs?stack=db')).json).toMatchObject([
      { triggeredBy: expected },
    ]);
  });
});

describe('extraStates', () => {
  const script = { states: ['PONDERING', 'FINISHED'] };

  it('may be used by scripts, and are in the schema', async () => {
    const { control, lastStates, passTime, startRun, states } = await start({
      extraStates: ['PONDERING'],
    });
    expect((await control('POST', '/stacks/app/script', script)).status).toBe(204);
    await startRun('app');
    await passTime();
    expect(await lastStates('app')).toEqual(['FINISHED']);
    expect((await states('app'))[0]).toContain('PONDERING');
  });

  it('are refused when they are not listed', async () => {
    const { control } = await start({});
    expect((await control('POST', '/stacks/app/script', script)).status).toBe(400);
  });
});

describe('redirect', () => {
  it.each([
    ['manual', 302, ['/']],
    ['follow', 200, ['/', '/there']],
  ] as const)('%s', async (redirect, status, expected) => {
    const asked: string[] = [];
    const answer = (url: string) => {
      asked.push(url);
      return url === '/' ? { status: 302, headers: { Location: '/there' } } : { status: 200 };
    };
    await withServer(answer, async (url) => {
      const { journal, startRun } = await start({ redirect }, { url }, { fetch });
      await startRun('app');
      await vi.waitFor(async () => {
        const [delivery] = (await journal()).deliveries;
        expect(delivery?.tries.map((each) => each.status)).toEqual([status]);
      }, WAIT);
      expect(asked).toEqual(expected);
    });
  });
});

describe('responseTimeoutMs', () => {
  it.each([
    [20, 'failed'],
    [600_000, 'pending'],
  ])('%i ms: a receiver that hangs leaves the delivery %s', async (responseTimeoutMs, outcome) => {
    const hang: typeof fetch = (_, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(new Error('timed out')));
      });
    const { close, journal, startRun } = await start({ responseTimeoutMs }, {}, { fetch: hang });
    await startRun('app');
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
    await vi.waitFor(async () => {
      expect((await journal()).deliveries).toMatchObject([{ outcome }]);
    }, WAIT);
    await close();
  });
});
