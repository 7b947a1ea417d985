import { parse } from 'acorn';
import { describe, expect, it } from 'vitest';
import type { Overview } from '../../../dev/simulator/page/overview.ts';
import { startSimulator } from './support.ts';

const html = async (simulator: ReturnType<typeof startSimulator>) => simulator.send('GET', '/');

async function overviewOf({ control }: ReturnType<typeof startSimulator>) {
  return (await control('GET', '/overview')).json as Overview;
}

describe('the page', () => {
  it('is served with a script and a style of its own, and nothing from elsewhere', async () => {
    const simulator = startSimulator();
    const { headers, status, text } = await html(simulator);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/html/);
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'/);
    const assets = [...text.matchAll(/(?:src|href)="(page\.\w+)"/g)].map(([, name]) => name);
    expect(new Set(assets)).toEqual(new Set(['page.css', 'page.js']));
    expect(text).not.toMatch(/https?:/);
    const style = await simulator.send('GET', '/page.css');
    expect(style.headers.get('content-type')).toBe('text/css');
    const script = await simulator.send('GET', '/page.js');
    expect(script.headers.get('content-type')).toBe('text/javascript');
    // What a browser reads: no types, and nothing to import.
    const program = parse(script.text, { ecmaVersion: 2022, sourceType: 'module' });
    expect(program.body.some(({ type }) => type === 'ImportDeclaration')).toBe(false);
  });

  it('has an element for everything its script looks for', async () => {
    const simulator = startSimulator();
    const { text } = await html(simulator);
    const { text: script } = await simulator.send('GET', '/page.js');
    const wanted = [...script.matchAll(/requireElement\("([\w-]+)"/g)].map(([, id]) => id);
    expect(wanted.length).toBeGreaterThan(4);
    for (const id of wanted) expect(text).toContain(`id="${id}"`);
  });
});

describe('GET /control/overview', () => {
  it('says what each run is in, since when, for what it waits and what may be done', async () => {
    const simulator = startSimulator({ seed: 7 });
    const { clock, control, passTime, startRun } = simulator;
    await control('POST', '/stacks', { id: 'app', approvals: ['UNCONFIRMED'], dependsOn: ['net'] });
    const run = await startRun('app', { triggeredBy: 'ada@example.com' });
    await passTime();
    const since = clock.now() - 10_000 + 750;
    expect(await overviewOf(simulator)).toMatchObject({
      account: 'demo',
      seed: 7,
      now: clock.now(),
      counts: { runs: { open: 1, ended: 0 } },
      stacks: [{ id: 'app', state: 'UNCONFIRMED', isLocked: false, dependsOn: ['net'] }],
      runs: [
        {
          id: run,
          state: 'UNCONFIRMED',
          since,
          waitsFor: 'approval',
          startedBy: 'somebody',
          actions: ['discard', 'approve', 'reject', 'replan', 'kill', 'finish', 'fail'],
        },
      ],
    });
    await control('POST', `/runs/${run}/approve`);
    expect((await overviewOf(simulator)).runs[0]?.actions).toEqual([
      'confirm',
      'discard',
      'replan',
      'kill',
      'finish',
      'fail',
    ]);
    await control('POST', `/runs/${run}/finish`);
    expect((await overviewOf(simulator)).runs[0]).toMatchObject({ state: 'FINISHED', actions: [] });
  });

  it('names nobody and no secret', async () => {
    const simulator = startSimulator();
    const { control, startRun } = simulator;
    await control('POST', '/stacks', { id: 'app', lockedBy: 'ada@example.com' });
    await control('POST', '/webhooks', {
      url: 'http://x',
      secret: 'hush-hush',
      headers: { 'X-Key': 'hush-too' },
    });
    await startRun('app', { triggeredBy: 'ada@example.com', userMetadata: ['mine'] });
    await startRun('app');
    await startRun('app', { type: 'PROPOSED', driftDetection: true });
    const text = JSON.stringify(await overviewOf(simulator));
    for (const private_ of ['ada', 'hush', 'mine', 'octocat']) expect(text).not.toContain(private_);
    expect((await overviewOf(simulator)).runs.map(({ startedBy }) => startedBy)).toEqual([
      'push',
      'push',
      'somebody',
    ]);
  });

  it('shows every open run and the last fifty that ended, newest first', async () => {
    const simulator = startSimulator();
    const { control, startRun } = simulator;
    await control('POST', '/stacks', { id: 'app' });
    const ids = [];
    for (let count = 0; count < 60; count += 1) ids.push(await startRun('app', { type: 'TASK' }));
    for (const id of ids.slice(1)) await control('POST', `/runs/${id}/cancel`);
    const shown = (await overviewOf(simulator)).runs.map(({ id }) => id);
    expect(shown).toEqual([...ids.slice(10).toReversed(), ids[0]]);
  });
});

describe('POST /control/webhooks/:id/disable', () => {
  it('silences a webhook until it is switched on again', async () => {
    const { caught, control, passTime, startRun } = startSimulator();
    await control('POST', '/stacks', { id: 'app' });
    await control('POST', '/webhooks', { url: 'http://x.example', name: 'hook' });
    expect((await control('POST', '/webhooks/hook/disable')).json).toMatchObject({
      enabled: false,
    });
    await startRun('app', { type: 'PROPOSED' });
    await passTime();
    expect(caught).toEqual([]);
    await control('POST', '/webhooks/hook/enable');
    await startRun('app', { type: 'PROPOSED' });
    await passTime();
    expect(caught).toHaveLength(6);
  });
});
