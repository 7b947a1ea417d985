import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startSimulator } from '../support.ts';

const RECEIVER = 'http://receiver.example/hook';

type Input = Parameters<typeof startSimulator>[0];

async function startWithWebhook(webhook: object = {}, input: Input = {}) {
  const simulator = startSimulator(input);
  await simulator.control('POST', '/stacks', { id: 'app', autodeploy: true });
  await simulator.control('POST', '/stacks', { id: 'other' });
  await simulator.control('POST', '/webhooks', {
    url: RECEIVER,
    secret: 's',
    name: 'Hook',
    ...webhook,
  });
  return simulator;
}

const failing = (count: number) => Array.from({ length: count }, () => 503);

describe('webhook sender', () => {
  it('sends every transition in order, with its stateVersion', async () => {
    const { caught, control, passTime } = await startWithWebhook();
    await control('POST', '/stacks/app/runs');
    await passTime();
    expect(caught.map(({ json }) => [json['state'], json['stateVersion']])).toEqual([
      ['QUEUED', 0],
      ['READY', 1],
      ['PREPARING', 2],
      ['INITIALIZING', 3],
      ['PLANNING', 4],
      ['APPLYING', 5],
      ['FINISHED', 6],
    ]);
  });

  it('tells a stack-attached webhook of its own stack only', async () => {
    const { caught, control, passTime } = await startWithWebhook({ stack: 'other' });
    await control('POST', '/stacks/app/runs');
    await control('POST', '/stacks/other/runs', { type: 'PROPOSED' });
    await passTime();
    expect(new Set(caught.map(({ json }) => (json['stack'] as { id: string }).id))).toEqual(
      new Set(['other']),
    );
  });

  it('uses the method and headers of the webhook', async () => {
    const { caught, control, passTime } = await startWithWebhook({
      method: 'PUT',
      headers: { 'X-Team': 'platform' },
    });
    await control('POST', '/stacks/app/runs');
    await passTime();
    expect(caught[0]).toMatchObject({ method: 'PUT', headers: { 'x-team': 'platform' } });
  });

  it('does not try again by default', async () => {
    const { control, journal, passTime } = await startWithWebhook({}, { answers: [503] });
    await control('POST', '/stacks/app/runs');
    await passTime();
    const [first] = (await journal()).deliveries;
    expect(first).toMatchObject({ state: 'QUEUED', outcome: 'failed' });
    expect(first?.tries).toHaveLength(1);
  });

  it.each([
    [true, 3],
    [false, 4],
  ])('makes as many tries as the switch says (first included: %s)', async (first, tries) => {
    const { caught, control, journal, passTime } = await startWithWebhook(
      { retryOnFailure: true },
      { answers: failing(10), stateMs: 100_000, switches: { triesIncludeFirst: first } },
    );
    await control('POST', '/stacks/app/runs');
    await passTime();
    const [delivery] = (await journal()).deliveries;
    expect(delivery?.tries.map(({ status }) => status)).toEqual(failing(tries));
    expect(new Set(caught.map(({ body }) => body)).size).toBe(1);
  });

  it.each([
    ['next-delivery', 'old'],
    ['next-try', 'new'],
  ] as const)('signs a later try as the switch says (%s)', async (secretTakesEffect, signedBy) => {
    const { caught, clock, control, passTime } = await startWithWebhook(
      { retryOnFailure: true, secret: 'old' },
      { answers: [503], stateMs: 5000, switches: { secretTakesEffect } },
    );
    const signature = (secret: string, body: string) =>
      `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
    await control('POST', '/stacks/app/runs');
    await clock.advance(500);
    await control('POST', '/webhooks/hook/secret', { secret: 'new' });
    await passTime();
    const [first, second, next] = caught.map(({ headers, body }) => ({
      given: headers['x-signature-256'],
      old: signature('old', body),
      new: signature('new', body),
    }));
    expect(first?.given).toBe(first?.old);
    expect(second?.given).toBe(second?.[signedBy]);
    expect(next?.given).toBe(next?.new);
  });

  it.each([404, 429])('does not try again after %i', async (status) => {
    const { control, journal, passTime } = await startWithWebhook(
      { retryOnFailure: true },
      { answers: [status], stateMs: 100_000 },
    );
    await control('POST', '/stacks/app/runs');
    await passTime();
    expect((await journal()).deliveries[0]?.tries).toHaveLength(1);
  });

  it.each([
    [false, 1],
    [true, 2],
  ])('tries again after a lost connection only if switched so (%s)', async (retries, tries) => {
    const { control, journal, passTime } = await startWithWebhook(
      { retryOnFailure: true },
      {
        answers: [new TypeError('connection lost')],
        stateMs: 100_000,
        switches: { retryNetworkErrors: retries },
      },
    );
    await control('POST', '/stacks/app/runs');
    await passTime();
    const [delivery] = (await journal()).deliveries;
    expect(delivery?.tries).toHaveLength(tries);
    expect(delivery?.tries[0]).toMatchObject({ status: null, error: 'connection lost' });
  });

  it('switches a webhook off at the tenth failure in a row, and on again when told', async () => {
    const { caught, control, passTime } = await startWithWebhook({}, { answers: failing(10) });
    await control('POST', '/stacks/app/runs');
    await control('POST', '/stacks/app/runs');
    await passTime();
    expect(caught).toHaveLength(10);
    expect((await control('GET', '/webhooks')).json).toMatchObject([
      { enabled: false, consecutiveFailures: 10 },
    ]);
    await control('POST', '/webhooks/hook/enable');
    await control('POST', '/stacks/app/runs');
    await passTime();
    expect(caught).toHaveLength(17);
  });

  it('keeps a webhook on when a success comes before the tenth failure', async () => {
    const answers = [...failing(9), 200, ...failing(4)];
    const { caught, control, passTime } = await startWithWebhook({}, { answers });
    await control('POST', '/stacks/app/runs');
    await control('POST', '/stacks/app/runs');
    await passTime();
    expect(caught).toHaveLength(14);
  });

  it.each([
    ['not-2xx', 10],
    ['5xx', 14],
  ] as const)('counts a 404 as a failure when switched so (%s)', async (failureStatuses, sent) => {
    const answers = Array.from({ length: 14 }, () => 404);
    const { caught, control, passTime } = await startWithWebhook(
      {},
      { answers, switches: { failureStatuses } },
    );
    await control('POST', '/stacks/app/runs');
    await control('POST', '/stacks/app/runs');
    await passTime();
    expect(caught).toHaveLength(sent);
  });

  it.each([
    [
      'concurrent',
      ['QUEUED', 'READY', 'PREPARING', 'INITIALIZING', 'PLANNING', 'APPLYING', 'QUEUED'],
    ],
    [
      'one-by-one',
      ['QUEUED', 'QUEUED', 'READY', 'PREPARING', 'INITIALIZING', 'PLANNING', 'APPLYING'],
    ],
  ] as const)(
    'lets later deliveries overtake a retried one if %s',
    async (deliveryOrder, order) => {
      const { caught, control, passTime } = await startWithWebhook(
        { retryOnFailure: true },
        { answers: [503], switches: { deliveryOrder, retryDelayMs: 800 } },
      );
      await control('POST', '/stacks/app/runs');
      await passTime();
      expect(caught.map(({ json }) => json['state']).slice(0, 7)).toEqual(order);
    },
  );
});

describe('webhook faults', () => {
  const PLAYED = 7;

  it('leave a dropped delivery unsent, and in the journal', async () => {
    const { caught, control, journal, passTime } = await startWithWebhook({ faults: { drop: 1 } });
    await control('POST', '/stacks/app/runs');
    await passTime();
    expect(caught).toEqual([]);
    const { deliveries } = await journal();
    expect(deliveries).toHaveLength(PLAYED);
    expect(deliveries[1]).toMatchObject({
      state: 'READY',
      stateVersion: 1,
      family: 'default',
      copy: 1,
      tries: [],
      outcome: 'dropped',
    });
    expect((await control('GET', '/webhooks')).json).toMatchObject([{ consecutiveFailures: 0 }]);
  });

  it('send a delivery twice, the same bytes, each with its own tries', async () => {
    const { caught, control, journal, passTime } = await startWithWebhook(
      { faults: { duplicate: 1 } },
      { answers: [500, 202] },
    );
    await control('POST', '/stacks/app/runs');
    await passTime();
    expect(caught).toHaveLength(2 * PLAYED);
    expect(caught[0]?.body).toBe(caught[1]?.body);
    const [first, second] = (await journal()).deliveries;
    expect(first).toMatchObject({ copy: 1, tries: [{ status: 500 }], outcome: 'failed' });
    expect(second).toMatchObject({ copy: 2, tries: [{ status: 202 }], outcome: 'delivered' });
  });

  it('let deliveries overtake each other by their delays', async () => {
    const { caught, control, passTime } = await startWithWebhook(
      { faults: { delayMs: 2000 } },
      { seed: 1 },
    );
    await control('POST', '/stacks/app/runs');
    await passTime();
    const versions = caught.map(({ json }) => Number(json['stateVersion']));
    expect(versions).not.toEqual(versions.toSorted((a, b) => a - b));
    expect(versions.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  const versionsOf = (caught: readonly { json: Record<string, unknown> }[]) =>
    caught.map(({ json }) => Number(json['stateVersion']));

  it('hold a delivery back until the next one about the run is through', async () => {
    const { caught, control, passTime } = await startWithWebhook({ faults: { reorder: 1 } });
    await control('POST', '/stacks/app/runs');
    await passTime();
    // Each waits for the next, and the end of the run waits for nobody.
    expect(versionsOf(caught)).toEqual([6, 5, 4, 3, 2, 1, 0]);
  });

  it('swap neighbours only, where only some are held back', async () => {
    const { caught, control, passTime } = await startWithWebhook(
      { faults: { reorder: 0.3 } },
      { seed: 3 },
    );
    await control('POST', '/stacks/app/runs');
    await passTime();
    const versions = versionsOf(caught);
    expect(versions).not.toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(versions.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('let a held delivery go after a while when no next one comes', async () => {
    const { caught, clock, control } = await startWithWebhook({ faults: { reorder: 1 } });
    await control('POST', '/stacks/other/runs');
    await clock.advance(10_749);
    expect(versionsOf(caught)).not.toContain(5);
    await clock.advance(1);
    expect(versionsOf(caught)).toContain(5);
  });

  it('never reorder deliveries that wait for each other', async () => {
    const { caught, control, passTime } = await startWithWebhook(
      { faults: { reorder: 1 } },
      { switches: { deliveryOrder: 'one-by-one' } },
    );
    await control('POST', '/stacks/app/runs');
    await passTime();
    expect(versionsOf(caught)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('may be changed while runs go on', async () => {
    const { caught, control, passTime } = await startWithWebhook({ faults: { drop: 1 } });
    await control('POST', '/stacks/app/runs');
    await passTime();
    expect((await control('POST', '/webhooks/hook/faults', {})).json).toMatchObject({
      faults: { drop: 0, duplicate: 0, delayMs: 0, reorder: 0 },
    });
    await control('POST', '/stacks/app/runs');
    await passTime();
    expect(caught).toHaveLength(PLAYED);
  });

  /** What befell each delivery of three runs on two stacks, `between` being how long after each other they begin. */
  async function playSeed(seed: number, between: number) {
    const { clock, control, journal, passTime } = await startWithWebhook(
      { faults: { drop: 0.3, duplicate: 0.3, delayMs: 500 } },
      { seed },
    );
    for (const stack of ['app', 'other', 'app']) {
      await control('POST', `/stacks/${stack}/runs`);
      await clock.advance(between);
    }
    await passTime();
    const { json } = await control('GET', '/runs');
    const runs = json as { id: string; stack: string }[];
    const nameOf = new Map(runs.map(({ id, stack }, index) => [id, `${stack} ${index}`]));
    const { deliveries } = await journal();
    return deliveries
      .map(
        ({ run, stateVersion, copy, outcome }) =>
          `${nameOf.get(run)} ${stateVersion} ${copy} ${outcome}`,
      )
      .toSorted();
  }

  it('are the same for the same seed whatever the timing, and others for another', async () => {
    const played = await playSeed(5, 10);
    expect(played.some((line) => line.endsWith('dropped'))).toBe(true);
    expect(played.some((line) => line.includes(' 2 delivered'))).toBe(true);
    expect(await playSeed(5, 3000)).toEqual(played);
    expect(await playSeed(6, 10)).not.toEqual(played);
  });
});

describe('a named webhook', () => {
  it('sends both families when two rules of the policy name it, each with its own fate', async () => {
    const { caught, control, journal, passTime } = await startWithWebhook(
      { family: 'both', faults: { drop: 0.5 } },
      { seed: 4 },
    );
    await control('POST', '/stacks/app/runs');
    await passTime();
    const { deliveries } = await journal();
    expect(deliveries).toHaveLength(14);
    const fateOf = (family: string) =>
      deliveries.filter((each) => each.family === family).map(({ outcome }) => outcome);
    expect(fateOf('default')).toHaveLength(7);
    expect(fateOf('default')).not.toEqual(fateOf('run_updated'));
    for (const { json } of caught) expect('run_updated' in json || 'state' in json).toBe(true);
  });

  it('hears only of the stacks that the policy routes to it', async () => {
    const { caught, control, passTime } = await startWithWebhook({ stacks: ['other'] });
    await control('POST', '/stacks/app/runs');
    await control('POST', '/stacks/other/runs', { type: 'PROPOSED' });
    await passTime();
    expect(new Set(caught.map(({ json }) => (json['stack'] as { id: string }).id))).toEqual(
      new Set(['other']),
    );
  });
});
