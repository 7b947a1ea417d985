import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../dev/random.ts';
import { serveSimulator } from '../../../../dev/simulator/serve.ts';
import { settle, startSimulator } from '../support.ts';

const TRIGGER = 'mutation ($stack: ID!) { runTrigger(stack: $stack) { id } }';
const OTHER_KEY = { id: 'other', secret: 'other-secret' };

async function start(input: Parameters<typeof startSimulator>[0] = {}) {
  const simulator = startSimulator({ apiKeys: [OTHER_KEY], ...input });
  for (const id of ['app', 'net'])
    await simulator.control('POST', '/stacks', { id, autodeploy: true });
  const auth = await simulator.logIn();
  const send = (query: string, variables = {}) =>
    simulator.send('POST', '/graphql', { query, variables }, auth);
  return {
    ...simulator,
    auth,
    order: (body: object) => simulator.control('POST', '/faults', body),
    trigger: (stack = 'app') => send(TRIGGER, { stack }),
    query: async (query: string) => JSON.parse((await send(query)).text) as unknown,
    triggers: async () =>
      (await simulator.journal()).operations.filter(({ operation }) => operation === 'runTrigger'),
  };
}

describe('a fault in the place of the answer', () => {
  it('strikes so many times, and no run is made', async () => {
    const { order, states, trigger } = await start();
    await order({ operation: 'runTrigger', times: 2, status: 503, retryAfterSeconds: 7 });
    const first = await trigger();
    expect([first.status, first.headers.get('Retry-After')]).toEqual([503, '7']);
    expect((await trigger()).status).toBe(503);
    expect(await states('app')).toEqual([]);
    expect((await trigger()).status).toBe(200);
    expect(await states('app')).toHaveLength(1);
  });

  it('is 429 without Retry-After unless asked for', async () => {
    const { order, trigger } = await start();
    await order({ operation: 'runTrigger', status: 429 });
    const { status, headers } = await trigger();
    expect([status, headers.get('Retry-After')]).toEqual([429, null]);
  });

  it('lets the run be made all the same when told so', async () => {
    const { order, states, trigger } = await start();
    await order({ operation: 'any', status: 502, created: true });
    expect((await trigger()).status).toBe(502);
    expect(await states('app')).toHaveLength(1);
  });

  it.each(['<html>bad gateway</html>', '{"ok":true}', ''])('is the body %j', async (body) => {
    const { order, trigger } = await start();
    await order({ operation: 'runTrigger', body });
    expect(await trigger()).toMatchObject({ status: 200, text: body });
  });

  it('is the error of an account field for machines', async () => {
    const { order, query } = await start();
    await order({ operation: 'viewer', message: 'not available for machine sessions' });
    expect(await query('{ viewer { id } }')).toEqual({
      data: null,
      errors: [{ message: 'not available for machine sessions' }],
    });
  });

  it('is no answer at all over HTTP, while the run is there', async () => {
    const served = await serveSimulator({ apiKeyId: 'k', apiKeySecret: 's' });
    const post = (path: string, body: unknown, headers = {}) =>
      fetch(`${served.url}${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
    try {
      await post('/control/stacks', { id: 'app' });
      const exchange = 'mutation { apiKeyUser(id: "k", secret: "s") { jwt } }';
      const login = await post('/graphql', { query: exchange });
      const { data } = (await login.json()) as { data: { apiKeyUser: { jwt: string } } };
      const auth = { Authorization: `Bearer ${data.apiKeyUser.jwt}` };
      await post('/control/faults', { operation: 'runTrigger', lost: true, created: true });
      const body = { query: TRIGGER, variables: { stack: 'app' } };
      await expect(post('/graphql', body, auth)).rejects.toThrow('fetch failed');
      const runs = await fetch(`${served.url}/control/runs?stack=app`);
      expect(await runs.json()).toHaveLength(1);
    } finally {
      await served.close();
    }
  });
});

describe('a fault in the true answer', () => {
  const RUNS = '{ stack(id: "app") { id runs { id delta { addCount } } } }';

  it('takes parts of the data away, with an error beside it', async () => {
    const { order, query, trigger } = await start();
    await trigger();
    await order({ operation: 'stack', nullAt: ['stack.runs'], errorBeside: 'internal error' });
    expect(await query(RUNS)).toEqual({
      data: { stack: { id: 'app', runs: null } },
      errors: [{ message: 'internal error', path: ['stack', 'runs'] }],
    });
  });

  it('reaches every member of a list', async () => {
    const { order, query, trigger, passTime } = await start();
    await trigger();
    await passTime();
    await order({ operation: 'stack', nullAt: ['stack.runs.delta'] });
    expect(await query(RUNS)).toMatchObject({ data: { stack: { runs: [{ delta: null }] } } });
    expect(await query(RUNS)).toMatchObject({
      data: { stack: { runs: [{ delta: { addCount: 1 } }] } },
    });
  });

  it('makes a good key unknown', async () => {
    const { ask, order } = await start();
    await order({ operation: 'apiKeyUser', nullAt: ['apiKeyUser'] });
    const exchange =
      'mutation { apiKeyUser(id: "01JTESTKEY0000000000000000", secret: "secret") { jwt } }';
    expect(await ask(exchange)).toEqual({ data: { apiKeyUser: null } });
  });

  it.each([
    ['empty', 200, { data: { viewer: null, stacks: [] } }],
    ['status-401', 401, 'unauthorized'],
  ] as const)('answers as to an expired token (%s)', async (staleToken, status, body) => {
    const { auth, order, send } = await start({ switches: { staleToken } });
    await order({ operation: 'stacks', expiredToken: true });
    const lists = { query: '{ viewer { id } stacks { id } }' };
    const answer = await send('POST', '/graphql', lists, auth);
    expect(answer.status).toBe(status);
    expect(status === 200 ? JSON.parse(answer.text) : answer.text).toEqual(body);
    expect((await send('POST', '/graphql', lists, auth)).text).toContain('"app"');
  });
});

describe('a late answer', () => {
  it('lets the run finish first, by time', async () => {
    const { clock, order, states, trigger } = await start();
    await order({ operation: 'runTrigger', hangMs: 5000 });
    const answered: number[] = [];
    const answer = trigger().then(({ status }) => answered.push(status));
    await settle();
    await clock.advance(4999);
    expect((await states('app'))[0]?.at(-1)).toBe('FINISHED');
    expect(answered).toEqual([]);
    await clock.advance(1);
    await answer;
    expect(answered).toEqual([200]);
  });

  it('lets the run reach a state first', async () => {
    const { clock, order, states, trigger } = await start();
    await order({ operation: 'runTrigger', untilState: 'PLANNING' });
    const answered: unknown[] = [];
    const answer = trigger().then(async () => answered.push((await states('app'))[0]?.at(-1)));
    await clock.advance(4 * 150 - 1); // QUEUED, READY, PREPARING, INITIALIZING
    expect(answered).toEqual([]);
    await clock.advance(10);
    await answer;
    expect(answered).toEqual(['PLANNING']);
  });

  it('comes at the end of a run that never was in the state', async () => {
    const { control, order, passTime, trigger } = await start();
    await control('POST', '/stacks/app/script', { failAt: 'PLANNING' });
    await order({ operation: 'runTrigger', untilState: 'APPLYING' });
    const answer = trigger();
    await settle();
    await passTime();
    expect((await answer).status).toBe(200);
  });

  it('lets the deliveries of the run come first', async () => {
    const { caught, clock, control, order, trigger } = await start();
    await control('POST', '/webhooks', { url: 'http://x', faults: { delayMs: 0 } });
    await order({ operation: 'runTrigger', untilState: 'FINISHED', untilDelivered: true });
    const told: unknown[] = [];
    const answer = trigger().then(() => told.push(...caught.map(({ json }) => json['state'])));
    await settle();
    await clock.advance(10_000);
    await answer;
    expect(told.at(-1)).toBe('FINISHED');
    expect(told).toHaveLength(7);
  });

  it('does not hold the simulator open', async () => {
    const { close, order, trigger } = await start();
    await order({ operation: 'runTrigger', createdAfterMs: 60_000 });
    const answer = trigger();
    await settle();
    await close();
    expect((await answer).status).toBe(503);
  });
});

describe('a run that is made late', () => {
  it('appears after the answer that took the place of the true one', async () => {
    const { clock, order, states, trigger, triggers } = await start();
    await order({ operation: 'runTrigger', status: 503, createdAfterMs: 3000 });
    expect((await trigger()).status).toBe(503);
    await clock.advance(2999);
    expect(await states('app')).toEqual([]);
    await clock.advance(1);
    expect(await states('app')).toHaveLength(1);
    expect((await triggers())[0]).toMatchObject({ status: 503, made: [expect.any(String)] });
  });

  it('is waited for by the true answer', async () => {
    const { clock, order, trigger } = await start();
    await order({ operation: 'runTrigger', createdAfterMs: 3000 });
    const answered: string[] = [];
    const answer = trigger().then(({ text }) => answered.push(text));
    await clock.advance(2999);
    expect(answered).toEqual([]);
    await clock.advance(1);
    await answer;
    expect(answered[0]).toContain('"id"');
  });
});

describe('which request a fault befalls', () => {
  it('is left to operation, stack and key', async () => {
    const { logIn, order, send, trigger, query } = await start();
    const other = await logIn(OTHER_KEY);
    const target = { operation: 'runTrigger', stack: 'app', key: 'other' };
    await order({ ...target, times: 5, status: 500 });
    expect((await trigger('app')).status).toBe(200);
    expect(await query('{ stack(id: "app") { id } }')).toHaveProperty('data.stack.id');
    const body = (stack: string) => ({ query: TRIGGER, variables: { stack } });
    expect((await send('POST', '/graphql', body('net'), other)).status).toBe(200);
    expect((await send('POST', '/graphql', body('app'), other)).status).toBe(500);
  });

  it('ends when the orders are deleted', async () => {
    const { control, order, trigger } = await start();
    await order({ operation: 'runTrigger', times: 5, status: 500 });
    await control('DELETE', '/faults');
    expect((await control('GET', '/faults')).json).toEqual([]);
    expect((await trigger()).status).toBe(200);
  });

  const CHANCE = {
    operation: 'runTrigger',
    probability: 0.5,
    oneOf: [{ status: 503 }, { status: 502, created: true }],
  };

  async function outcomes(seed: number, stacks: readonly string[]) {
    const { order, trigger } = await start({ seed });
    await order(CHANCE);
    const found: Record<string, number[]> = { app: [], net: [] };
    for (const stack of stacks) found[stack]?.push((await trigger(stack)).status);
    return found;
  }

  it('is decided by the seed and by the call, not by what came between', async () => {
    const twenty = (stack: string) => Array.from({ length: 20 }, () => stack);
    const inTurn = twenty('app').flatMap((stack) => [stack, 'net']);
    const once = await outcomes(7, inTurn);
    expect(await outcomes(7, [...twenty('net'), ...twenty('app')])).toEqual(once);
    expect(await outcomes(8, inTurn)).not.toEqual(once);
    expect(once['app']).not.toEqual(once['net']);
    expect(new Set(once['app'])).toEqual(new Set([200, 502, 503]));
  });

  it('is never or always at the ends of probability, and as often as asked between', async () => {
    const { control, order, trigger, triggers } = await start();
    await order({ operation: 'runTrigger', probability: 0, status: 500 });
    expect((await trigger()).status).toBe(200);
    await order({ operation: 'runTrigger', probability: 1, times: 2, status: 500 });
    expect([(await trigger()).status, (await trigger()).status]).toEqual([500, 500]);
    await order({ operation: 'runTrigger', probability: 0.3, status: 500 });
    const before = (await triggers()).length;
    for (let call = 0; call < 200; call += 1) await trigger('net');
    const struck = (await triggers()).slice(before).filter(({ status }) => status === 500).length;
    expect(struck / 200).toBeGreaterThan(0.2);
    expect(struck / 200).toBeLessThan(0.4);
    expect((await control('GET', '/faults')).json).toMatchObject([{}, { struck, times: null }]);
  });

  it('draws numbers of its own for each order', () => {
    const draw = (order: number) => createRandom(1, 'fault', order, 'runTrigger/app//0')();
    expect(draw(1)).not.toBe(draw(2));
  });
});

describe('the journal', () => {
  it('keeps each request with key, fault, answer and what it made', async () => {
    const { order, trigger, triggers, states } = await start();
    await order({ operation: 'runTrigger', status: 502, created: true });
    await trigger();
    await trigger();
    expect(await states('app')).toHaveLength(2);
    const [struck, plain] = await triggers();
    expect(struck).toMatchObject({
      stack: 'app',
      key: '01JTESTKEY0000000000000000',
      status: 502,
      fault: { order: 1, status: 502, created: true },
      made: [expect.any(String)],
    });
    expect(plain).toMatchObject({ status: 200, made: [expect.any(String)] });
    expect(plain?.fault).toBeUndefined();
  });

  it('has a line for a request before it is answered', async () => {
    const { order, trigger, triggers, passTime } = await start();
    await order({ operation: 'runTrigger', hangMs: 5000 });
    const answer = trigger();
    await settle();
    expect(await triggers()).toMatchObject([{ status: null }]);
    await passTime();
    await answer;
    expect(await triggers()).toMatchObject([{ status: 200 }]);
  });
});
