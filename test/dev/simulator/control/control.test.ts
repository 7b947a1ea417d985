import { describe, expect, it } from 'vitest';
import { startSimulator } from '../support.ts';

const TRIGGER = { query: 'mutation { runTrigger(stack: "app") { id } }' };

async function start() {
  const simulator = startSimulator();
  await simulator.control('POST', '/stacks', { id: 'app', autodeploy: true });
  const auth = await simulator.logIn();
  return { ...simulator, trigger: () => simulator.send('POST', '/graphql', TRIGGER, auth) };
}

describe('POST /control', () => {
  it.each([
    ['/stacks', { id: 'Not A Slug' }, /Cannot put stack: id/],
    ['/stacks', { id: 'a', autodeply: true }, /Cannot put stack: autodeply/],
    ['/webhooks', { url: 'ftp://x' }, /Cannot register webhook: url/],
    ['/webhooks', { url: 'http://x', stack: 'nope' }, /no stack nope/],
    ['/webhooks', { url: 'http://x', stack: 'app', family: 'run_updated' }, /attached to a stack/],
    [
      '/webhooks',
      { url: 'http://x', stack: 'app', stacks: ['app'] },
      /attached to a stack .* no other stacks/,
    ],
    ['/webhooks', { url: 'http://x', stacks: ['app', 'nope'] }, /no stack nope/],
    ['/webhooks', { url: 'http://x', faults: { drop: 1.1 } }, /faults\.drop/],
    ['/webhooks', { url: 'http://x', faults: { duplicate: -0.1 } }, /faults\.duplicate/],
    ['/webhooks', { url: 'http://x', faults: { delayMs: 1.5 } }, /faults\.delayMs/],
    ['/webhooks', { url: 'http://x', faults: { lose: 1 } }, /faults\.lose/],
    ['/stacks/app/script', { failAt: 'CANCELLED' }, /Cannot script runs: failAt/],
    ['/stacks/app/runs', { type: 'DEPLOY' }, /Cannot start run: type/],
    ['/faults', { operation: 'any' }, /oneOf or one of status, message, body/],
    ['/faults', { operation: 'any', created: true }, /oneOf or one of status/],
    ['/faults', { operation: 'any', status: 500, oneOf: [{ status: 503 }] }, /oneOf or one of/],
    ['/faults', { operation: 'any', oneOf: [{ created: true }] }, /oneOf\.0/],
    ['/faults', { operation: 'any', status: 500, probability: 1.1 }, /probability/],
    ['/faults', { operation: 'any', status: 500, retries: 1 }, /retries/],
    ['/keys', { id: 'k' }, /Cannot put key: secret/],
  ])('%s refuses %j and says why', async (path, body, message) => {
    const { control } = await start();
    const { status, json } = await control('POST', path, body);
    expect(status).toBe(400);
    expect((json as { error: string }).error).toMatch(message);
  });

  it('answers 404 for a stack or webhook nobody has put there', async () => {
    const { control } = await start();
    expect((await control('POST', '/stacks/nope/runs')).status).toBe(404);
    expect((await control('POST', '/webhooks/nope/enable')).status).toBe(404);
    expect((await control('POST', '/webhooks/nope/faults', {})).status).toBe(404);
    expect((await control('DELETE', '/keys/nope')).status).toBe(404);
  });

  it('never shows a secret', async () => {
    const { control } = await start();
    await control('POST', '/webhooks', { url: 'http://x', secret: 'hush-hush' });
    expect(JSON.stringify((await control('GET', '/webhooks')).json)).not.toContain('hush-hush');
  });
});

describe('scripts', () => {
  it('hold for as many runs as they say, then no more', async () => {
    const { control, passTime, states, journal } = await start();
    await control('POST', '/stacks/app/script', { failAt: 'PLANNING', note: 'boom', runs: 1 });
    await control('POST', '/stacks/app/runs');
    await control('POST', '/stacks/app/runs');
    await passTime();
    expect((await states('app')).map((run) => run.at(-1))).toEqual(['FAILED', 'FINISHED']);
    expect((await journal()).deliveries).toEqual([]);
    const { json } = await control('GET', '/runs?stack=app');
    const [failed] = json as { history: unknown[] }[];
    expect(failed?.history.at(-1)).toMatchObject({ state: 'FAILED', note: 'boom' });
  });

  it('hold for all runs without a number, until cleared', async () => {
    const { control, passTime, states } = await start();
    await control('POST', '/stacks/app/script', { changes: false });
    await control('POST', '/stacks/app/runs');
    await control('POST', '/stacks/app/runs');
    await control('DELETE', '/stacks/app/script');
    await control('POST', '/stacks/app/runs');
    await passTime();
    expect((await states('app')).map((run) => run.includes('APPLYING'))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('leave a run where its sequence ends, holding the stack', async () => {
    const { control, passTime, states } = await start();
    await control('POST', '/stacks/app/script', { states: ['READY', 'PLANNING'], runs: 1 });
    await control('POST', '/stacks/app/runs');
    await control('POST', '/stacks/app/runs');
    await passTime();
    expect(await states('app')).toEqual([['QUEUED', 'READY', 'PLANNING'], ['QUEUED']]);
  });

  it('play the decision of a person too', async () => {
    const { control, passTime, states } = await start();
    const sequence = ['READY', 'PLANNING', 'UNCONFIRMED', 'DISCARDED'];
    await control('POST', '/stacks/app/script', { states: sequence });
    await control('POST', '/stacks/app/runs');
    await passTime();
    expect(await states('app')).toEqual([['QUEUED', ...sequence]]);
  });
});

describe('GET /control/journal', () => {
  it('keeps each operation with stack, status and metadata', async () => {
    const { ask, control, journal, logIn, trigger } = await start();
    await control('POST', '/faults', { operation: 'runTrigger', status: 503 });
    await trigger();
    await ask(
      'mutation ($stack: ID!) { runTrigger(stack: $stack) { id } }',
      { stack: 'app' },
      { ...(await logIn()), 'Spacelift-User-Provided-Run-Metadata': 'key-1' },
    );
    const { operations } = await journal();
    expect(operations.filter(({ operation }) => operation === 'runTrigger')).toMatchObject([
      { stack: 'app', status: 503 },
      { stack: 'app', status: 200, userMetadata: 'key-1' },
    ]);
  });
});

describe('GET /control/counts', () => {
  it('tells open runs from ended ones, and deliveries by outcome', async () => {
    const { clock, control, passTime } = await start();
    await control('POST', '/webhooks', { url: 'http://x', name: 'good' });
    await control('POST', '/webhooks', { url: 'http://x', name: 'lossy', faults: { drop: 1 } });
    await control('POST', '/webhooks', { url: 'http://x', name: 'slow', faults: { delayMs: 9 } });
    await control('POST', '/stacks/app/runs');
    const soon = (await control('GET', '/counts')).json;
    expect(soon).toMatchObject({ runs: { open: 1, ended: 0 }, deliveries: { dropped: 1 } });
    expect((soon as { deliveries: { pending: number } }).deliveries.pending).toBeGreaterThan(0);
    await clock.advance(9);
    expect((await control('GET', '/counts')).json).toEqual({
      runs: { open: 1, ended: 0 },
      deliveries: { pending: 0, delivered: 2, failed: 0, dropped: 1 },
    });
    await passTime();
    expect((await control('GET', '/counts')).json).toEqual({
      runs: { open: 0, ended: 1 },
      deliveries: { pending: 0, delivered: 14, failed: 0, dropped: 7 },
    });
  });
});
