/** Webhooks and native dependencies by the API: what is answered, and what is delivered or run because of it. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SwitchesInput } from '../../../../dev/simulator/switches.ts';
import { startSimulator } from '../support.ts';

const FIELDS =
  '{ id name endpoint enabled labels space { id name } secret secretHeaders retryOnFailure createdAt }';
const CREATE = `mutation ($input: NamedWebhooksIntegrationInput!) { namedWebhooksIntegrationCreate(input: $input) ${FIELDS} }`;
const UPDATE = `mutation ($id: ID!, $input: NamedWebhooksIntegrationInput!) { namedWebhooksIntegrationUpdate(id: $id, input: $input) ${FIELDS} }`;
const INPUT = {
  enabled: true,
  endpoint: 'https://x.example/hook',
  space: 'root',
  name: 'My Hook',
  secret: 's3cret',
  labels: ['team:a'],
};
const WEBHOOK = {
  id: 'my-hook',
  name: 'My Hook',
  endpoint: 'https://x.example/hook',
  enabled: true,
  labels: ['team:a'],
  space: { id: 'root', name: 'root' },
  secret: null,
  secretHeaders: [],
  retryOnFailure: false,
  createdAt: 1_760_000_000,
};

async function start(input: { switches?: SwitchesInput; answers?: number[] } = {}, key = {}) {
  const simulator = startSimulator({ ...input, ...key });
  await simulator.control('POST', '/stacks', { id: 'app' });
  const auth = await simulator.logIn();
  const send = (document: string, variables = {}) => simulator.ask(document, variables, auth);
  const read = async () => {
    const { data } = await send(`{ namedWebhooksIntegration(id: "my-hook") ${FIELDS} }`);
    return data?.['namedWebhooksIntegration'];
  };
  const deliver = async () => {
    await simulator.startRun('app', { type: 'PROPOSED' });
    await simulator.clock.advance(10);
    return simulator.caught.at(-1);
  };
  return { ...simulator, send, read, deliver };
}

describe('a named webhook', () => {
  it('is made, read back and found, and hears of runs from then on', async () => {
    const { deliver, read, send } = await start();
    expect(await deliver()).toBeUndefined();
    expect(await send(CREATE, { input: INPUT })).toEqual({
      data: { namedWebhooksIntegrationCreate: WEBHOOK },
    });
    expect(await read()).toEqual(WEBHOOK);
    const search = `{ searchNamedWebhooksIntegrations(input: { predicates: [
      { field: "label", constraint: { stringMatches: ["team:a"] } }] }) { edges { node { id } } } }`;
    expect(await send(search)).toEqual({
      data: { searchNamedWebhooksIntegrations: { edges: [{ node: { id: 'my-hook' } }] } },
    });
    expect(await deliver()).toMatchObject({
      url: INPUT.endpoint,
      headers: { 'x-signature-256': expect.stringMatching(/^sha256=/) },
    });
  });

  it.each([
    ['null', null],
    ['value', 's3cret'],
  ] as const)('tells its secret as switched: %s', async (webhookSecret, secret) => {
    const { read, send } = await start({ switches: { webhookSecret } });
    await send(CREATE, { input: INPUT });
    expect(await read()).toMatchObject({ secret });
  });

  it('keeps its secret in an update that leaves it out', async () => {
    const { deliver, send } = await start();
    await send(CREATE, { input: INPUT });
    const { secret, ...rest } = INPUT;
    const signatureOf = async () => {
      const delivery = await deliver();
      const body = delivery?.body ?? '';
      const sign = (key: string) => createHmac('sha256', key).update(body).digest('hex');
      const given = delivery?.headers['x-signature-256'];
      return [secret, 'new'].find((key) => given === `sha256=${sign(key)}`);
    };
    await send(UPDATE, { id: 'my-hook', input: { ...rest, endpoint: 'https://y.example' } });
    expect(await signatureOf()).toBe(secret);
    await send(UPDATE, { id: 'my-hook', input: { ...INPUT, secret: 'new' } });
    expect(await signatureOf()).toBe('new');
  });

  it('says when ten failures have switched it off, and is switched on by an update', async () => {
    const answers = Array.from({ length: 10 }, () => 500);
    const { caught, deliver, passTime, read, send } = await start({ answers });
    await send(CREATE, { input: INPUT });
    for (let run = 0; run < 3; run += 1) await deliver();
    await passTime();
    expect(caught).toHaveLength(10);
    expect(await read()).toMatchObject({ enabled: false });
    await send(UPDATE, { id: 'my-hook', input: INPUT });
    expect(await read()).toMatchObject({ enabled: true });
    await deliver();
    expect(caught).toHaveLength(11);
  });

  it('has headers, of which only the keys are told', async () => {
    const { deliver, read, send } = await start();
    await send(CREATE, { input: INPUT });
    await send(`mutation { namedWebhooksIntegrationSetHeaders(id: "my-hook",
      input: { entries: [{ key: "X-Team", value: "a" }, { key: "X-Two", value: "b" }] }) { id } }`);
    expect(await read()).toMatchObject({ secretHeaders: ['X-Team', 'X-Two'] });
    expect((await deliver())?.headers).toMatchObject({ 'x-team': 'a', 'x-two': 'b' });
    await send(`mutation { namedWebhooksIntegrationDeleteHeaders(id: "my-hook",
      headerKeys: ["X-Team"]) { id } }`);
    expect((await deliver())?.headers).not.toHaveProperty('x-team');
  });

  it('is gone when it is deleted', async () => {
    const { caught, deliver, send } = await start();
    await send(CREATE, { input: INPUT });
    await send('mutation { namedWebhooksIntegrationDelete(id: "my-hook") { id } }');
    await deliver();
    expect(caught).toEqual([]);
    const { errors } = await send('{ namedWebhooksIntegration(id: "my-hook") { id } }');
    expect(errors?.[0]?.message).toBe('not found');
  });

  it.each([
    ['accepted', 'http://x.example', undefined],
    ['refused', 'http://x.example', 'endpoint is not a URL that can be delivered to'],
    ['refused', 'https://x.example', undefined],
    ['accepted', 'ftp://x.example', 'endpoint is not a URL that can be delivered to'],
  ] as const)('plainHttp %s: %s', async (plainHttp, endpoint, message) => {
    const { send } = await start({ switches: { plainHttp } });
    const { errors } = await send(CREATE, { input: { ...INPUT, endpoint } });
    expect(errors?.[0]?.message).toBe(message);
  });

  it('has a name of its own', async () => {
    const { send } = await start();
    await send(CREATE, { input: INPUT });
    const { errors } = await send(CREATE, { input: INPUT });
    expect(errors?.[0]?.message).toBe('name is already taken');
  });

  it('is not made by a key that may only read, nor found without a token', async () => {
    const { ask, send } = await start({}, { apiKeyCanWrite: false });
    const { errors } = await send(CREATE, { input: INPUT });
    expect(errors?.[0]?.message).toContain('unauthorized');
    const search = '{ searchNamedWebhooksIntegrations(input: {}) { edges { cursor } } }';
    expect(await ask(search)).toEqual({ data: { searchNamedWebhooksIntegrations: { edges: [] } } });
  });
});

describe('a webhook attached to a stack', () => {
  const CREATE_ATTACHED = `mutation ($input: WebhooksIntegrationInput!) {
    webhooksIntegrationCreate(stack: "app", input: $input) { id endpoint enabled secret retryOnFailure } }`;
  const input = { enabled: true, endpoint: 'https://x.example', secret: '', retryOnFailure: true };

  it('hears of that stack, until it is switched off or removed', async () => {
    const { caught, clock, control, deliver, send, startRun } = await start();
    await control('POST', '/stacks', { id: 'other' });
    expect(await send(CREATE_ATTACHED, { input })).toEqual({
      data: {
        webhooksIntegrationCreate: {
          id: 'app-webhook-1',
          endpoint: 'https://x.example',
          enabled: true,
          secret: null,
          retryOnFailure: true,
        },
      },
    });
    await startRun('other');
    await clock.advance(10);
    expect(caught).toEqual([]);
    await deliver();
    expect(caught).toHaveLength(1);
    const update = `mutation ($input: WebhooksIntegrationInput!) {
      webhooksIntegrationUpdate(stack: "app", id: "app-webhook-1", input: $input) { enabled } }`;
    await send(update, { input: { ...input, enabled: false } });
    await deliver();
    expect(caught).toHaveLength(1);
    await send(update, { input });
    await send('mutation { webhooksIntegrationDelete(stack: "app", id: "app-webhook-1") { id } }');
    await deliver();
    expect(caught).toHaveLength(1);
  });

  it('is not found by another stack, nor as a named one', async () => {
    const { control, send } = await start();
    await control('POST', '/stacks', { id: 'other' });
    await send(CREATE_ATTACHED, { input });
    for (const document of [
      'mutation { webhooksIntegrationDelete(stack: "other", id: "app-webhook-1") { id } }',
      'mutation { namedWebhooksIntegrationDelete(id: "app-webhook-1") { id } }',
    ])
      expect((await send(document)).errors?.[0]?.message).toBe('not found');
  });
});

describe('native dependencies', () => {
  const create = (triggerAlways: boolean) => `mutation { stackDependencyCreate(input: {
    stackId: "db", dependsOnStackId: "app", triggerAlways: ${triggerAlways} }) {
    id stack { id } dependsOnStack { id } } }`;
  const REFER = `mutation { stackDependenciesAddReference(stackDependencyID: "db:app", reference: {
    outputName: "vpc", inputName: "TF_VAR_vpc" }) { outputName inputName triggerAlways } }`;

  async function startPair() {
    const simulator = await start();
    for (const id of ['app', 'db'])
      await simulator.control('POST', '/stacks', { id, autodeploy: true });
    return simulator;
  }

  it.each([
    [false, 'SKIPPED'],
    [true, 'FINISHED'],
  ])('triggerAlways %s: without new outputs the dependent is %s', async (always, end) => {
    const { lastStates, passTime, send, startRun } = await startPair();
    expect(await send(create(always))).toEqual({
      data: {
        stackDependencyCreate: { id: 'db:app', stack: { id: 'db' }, dependsOnStack: { id: 'app' } },
      },
    });
    expect(await send(REFER)).toEqual({
      data: {
        stackDependenciesAddReference: {
          outputName: 'vpc',
          inputName: 'TF_VAR_vpc',
          triggerAlways: false,
        },
      },
    });
    await startRun('app', { script: { outputsChange: false } });
    await passTime();
    expect(await lastStates('db')).toEqual([end]);
  });

  it('are gone when they are deleted', async () => {
    const { passTime, send, startRun, states } = await startPair();
    await send(create(false));
    const remove = 'mutation { stackDependencyDelete(id: "db:app") { id } }';
    expect(await send(remove)).toEqual({ data: { stackDependencyDelete: { id: 'db:app' } } });
    await startRun('app');
    await passTime();
    expect(await states('db')).toEqual([]);
    expect((await send(remove)).errors?.[0]?.message).toBe('stack dependency not found');
  });

  it('are refused twice', async () => {
    const { send } = await startPair();
    await send(create(false));
    expect((await send(create(false))).errors?.[0]?.message).toBe(
      'stack cannot depend on that stack',
    );
  });
});
