import { describe, expect, it } from 'vitest';
import { startSimulator } from '../support.ts';

const OURS = '01JTESTKEY0000000000000000';
const TRIGGER = 'mutation { runTrigger(stack: "app") { triggeredBy } }';

async function start(input: Parameters<typeof startSimulator>[0] = {}) {
  const simulator = startSimulator(input);
  await simulator.control('POST', '/stacks', { id: 'app' });
  return {
    ...simulator,
    logInAs: async (id: string, secret: string) => {
      const exchange =
        'mutation ($id: ID!, $secret: String!) { apiKeyUser(id: $id, secret: $secret) { jwt } }';
      const { data } = await simulator.ask(exchange, { id, secret });
      const user = data?.['apiKeyUser'] as { jwt: string } | null;
      return user === null ? null : { Authorization: `Bearer ${user.jwt}` };
    },
  };
}

describe('API keys', () => {
  it('make runs in their own names', async () => {
    const { ask, logIn, logInAs } = await start({ apiKeys: [{ id: 'other', secret: 's' }] });
    const [ours, theirs] = [await logIn(), await logInAs('other', 's')];
    expect((await ask(TRIGGER, {}, ours)).data).toEqual({
      runTrigger: { triggeredBy: `api::${OURS}` },
    });
    expect((await ask(TRIGGER, {}, theirs ?? {})).data).toEqual({
      runTrigger: { triggeredBy: 'api::other' },
    });
  });

  it('do not open each other', async () => {
    const { logInAs } = await start({ apiKeys: [{ id: 'other', secret: 's' }] });
    expect(await logInAs('other', 'secret')).toBeNull();
    expect(await logInAs(OURS, 's')).toBeNull();
  });

  it('may only read when they are made so', async () => {
    const { ask, control, logInAs, states } = await start();
    await control('POST', '/keys', { id: 'reader', secret: 's', canWrite: false, name: 'Reader' });
    const reader = (await logInAs('reader', 's')) ?? {};
    expect((await ask(TRIGGER, {}, reader)).errors?.[0]?.message).toBe('unauthorized');
    expect(await states('app')).toEqual([]);
    expect((await ask('{ viewer { id name admin } }', {}, reader)).data).toEqual({
      viewer: { id: 'api::reader', name: 'Reader', admin: false },
    });
  });

  it('are nobody once they are removed', async () => {
    const { ask, control, logIn } = await start();
    const ours = await logIn();
    expect((await control('DELETE', `/keys/${OURS}`)).status).toBe(204);
    expect((await ask('{ viewer { id } }', {}, ours)).data).toEqual({ viewer: null });
  });

  it('are listed without their secrets', async () => {
    const { control } = await start({ apiKeys: [{ id: 'other', secret: 'hush-hush' }] });
    const { json } = await control('GET', '/keys');
    expect(json).toMatchObject([{ id: OURS }, { id: 'other', canWrite: true }]);
    expect(JSON.stringify(json)).not.toContain('hush-hush');
  });
});
