import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { edgeScript } from '../../dev/launcher/toolchain.ts';
import { VARIABLES } from '../../edge/config.ts';
import {
  EDGE_RUNTIMES,
  type FakeStarter,
  OPERATOR_TOKEN,
  post,
  startEdge,
  startFakeStarter,
  takesAll,
  urlOf,
} from './edge-process.ts';
import {
  eventually,
  inboxOf,
  openInbox,
  range,
  runPayload,
  temporaryFolder,
  unreachable,
} from './kit.ts';

const operator = { Authorization: `Bearer ${OPERATOR_TOKEN}` };

/** Backoff so short that a test sees its end. */
const QUICK = { BACKOFF_BASE_MS: '50', BACKOFF_CAP_MS: '100' };

/** A limit on the size of each file does to a process what a full disk does. */
const FULL_AT_KIB = 200;

const statesOf = (starter: FakeStarter, run: string) =>
  starter.batches.flat().flatMap(({ subject, id }) => (subject === run ? [id] : []));

describe.each(EDGE_RUNTIMES)('edge on %s', (runtime) => {
  test('accepts, forwards, and exits 0 by SIGTERM with its files closed', async () => {
    using folder = temporaryFolder();
    await using starter = await startFakeStarter();
    await using edge = startEdge(runtime, folder.path, { STARTER_URL: starter.url });
    const url = await urlOf(edge);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const response = await post(url, runPayload('app', 'R', 'QUEUED', 0));
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ status: 'accepted' });
    await eventually(() => expect(starter.batches).toHaveLength(1));
    edge.kill('SIGTERM');
    const { code, lines, stderr } = await edge.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'stopping', reason: 'SIGTERM' }));
    expect(readdirSync(folder.path).toSorted()).toEqual(['1.db', 'directory.db']);
  });

  test('lets a running request and a running batch end before it stops', async () => {
    using folder = temporaryFolder();
    await using starter = await startFakeStarter();
    await using edge = startEdge(runtime, folder.path, { STARTER_URL: starter.url });
    const url = await urlOf(edge);
    const kept = (await (await post(url, runPayload('app', 'R', 'QUEUED', 0))).json()) as {
      deliveryId: string;
    };
    await eventually(() => expect(starter.batches).toHaveLength(1));
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    starter.answering = async (events) => {
      await gate;
      return takesAll(events);
    };
    const redelivered = fetch(`${url}/inbox/redeliver`, {
      method: 'POST',
      headers: { ...operator, 'Content-Type': 'application/json' },
      body: JSON.stringify({ ids: [kept.deliveryId] }),
    });
    await eventually(() => expect(starter.batches).toHaveLength(2));
    edge.kill('SIGTERM');
    await edge.line('stopping');
    await expect(
      eventually(async () => {
        const refused = await fetch(`${url}/healthz`).then(
          () => false,
          () => true,
        );
        expect(refused).toBe(true);
      }),
    ).resolves.toBeUndefined();
    release();
    const answer = await redelivered;
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ results: [{ verdict: 'started' }] });
    expect(await edge.ended).toMatchObject({ code: 0, stderr: '' });
    const { inbox } = openInbox(folder.path);
    expect(await inbox.count(inboxOf('app'))).toMatchObject({ delivered: 1, pending: 0 });
    await inbox.close();
  });

  test('does not start on a folder that another process has, nor on a port that is taken', async () => {
    using folder = temporaryFolder();
    await using first = startEdge(runtime, folder.path);
    const { port } = new URL(await urlOf(first));
    await using second = startEdge(runtime, folder.path);
    const ended = await second.ended;
    expect(ended).toMatchObject({ code: 1, lines: [] });
    expect(JSON.parse(ended.stderr)).toMatchObject({
      level: 'error',
      msg: `Cannot open inbox folder "${folder.path}": another process has it`,
    });
    using other = temporaryFolder();
    await using third = startEdge(runtime, other.path, { EDGE_PORT: port });
    const taken = await third.ended;
    expect(taken).toMatchObject({ code: 1, lines: [] });
    expect(taken.stderr).toContain(`Cannot listen on 127.0.0.1:${port}: `);
  });

  test('answers 503 to a configuration that it cannot read, and says what is wrong with it', async () => {
    using folder = temporaryFolder();
    await using edge = startEdge(runtime, folder.path, { WEBHOOKS: '{"deploys":{}}' });
    const url = await urlOf(edge);
    expect((await post(url, runPayload('app', 'R', 'QUEUED', 0))).status).toBe(503);
    edge.kill('SIGTERM');
    const { code, stderr } = await edge.ended;
    expect(code).toBe(0);
    expect(
      stderr
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { msg: string }).msg),
    ).toEqual(
      Array.from(
        { length: 2 },
        () => 'Cannot read configuration: WEBHOOKS.deploys.secret is missing',
      ),
    );
  });

  test('exits 78 when it is not told where to listen', async () => {
    using folder = temporaryFolder();
    await using edge = startEdge(runtime, folder.path, { EDGE_PORT: '65536' });
    const { code, stderr } = await edge.ended;
    expect(code).toBe(78);
    expect(stderr).toContain('Cannot read configuration: EDGE_PORT is not valid');
  });

  test('keeps a body of 5 MB through SIGKILL', async () => {
    using folder = temporaryFolder();
    await using edge = startEdge(runtime, folder.path);
    const noise = Buffer.from(crypto.getRandomValues(new Uint8Array(65_536))).toString('hex');
    const body = JSON.stringify({
      ...runPayload('app', 'R', 'QUEUED', 0),
      noise: noise.repeat(40),
    });
    expect(body.length).toBeGreaterThan(5_000_000);
    const response = await post(await urlOf(edge), body);
    expect(response.status).toBe(202);
    const { deliveryId } = (await response.json()) as { deliveryId: string };
    edge.kill('SIGKILL');
    await edge.ended;
    const { inbox } = openInbox(folder.path, { answering: unreachable });
    const stored = await inbox.body(inboxOf('app'), deliveryId);
    expect(new TextDecoder().decode(stored ?? undefined) === body).toBe(true);
    await inbox.close();
  });

  test('answers 503 while the disk is full, and still has what it had accepted', async () => {
    using folder = temporaryFolder();
    await using starter = await startFakeStarter();
    const before = ['bash', '-c', `trap '' XFSZ; ulimit -f ${FULL_AT_KIB}; exec "$@"`, 'bash'];
    await using edge = startEdge(runtime, folder.path, {}, { before });
    const url = await urlOf(edge);
    const noise = Buffer.from(crypto.getRandomValues(new Uint8Array(30_000))).toString('base64');
    const statuses: number[] = [];
    for (const version of range(20)) {
      const payload = { ...runPayload('app', 'R', 'PLANNING', version), noise };
      statuses.push((await post(url, payload)).status);
    }
    expect(new Set(statuses)).toEqual(new Set([202, 503]));
    expect(statuses.slice(0, 3)).toEqual([202, 202, 202]);
    edge.kill('SIGKILL');
    expect((await edge.ended).stderr).toContain('Cannot keep delivery');
    await using again = startEdge(runtime, folder.path, { STARTER_URL: starter.url });
    await urlOf(again);
    const accepted = range(20).filter((version) => statuses[version] === 202);
    await eventually(() =>
      expect(statesOf(starter, 'R').map((id) => Number(id.split('.').at(-1)))).toEqual(accepted),
    );
  });

  test('forwards after SIGKILL what it had accepted, without a next delivery', async () => {
    using folder = temporaryFolder();
    await using starter = await startFakeStarter();
    await using edge = startEdge(runtime, folder.path, { STARTER_URL: 'http://127.0.0.1:9' });
    const url = await urlOf(edge);
    for (const version of range(5))
      expect((await post(url, runPayload('app', 'R', 'PLANNING', version))).status).toBe(202);
    edge.kill('SIGKILL');
    await edge.ended;
    await using again = startEdge(runtime, folder.path, { STARTER_URL: starter.url, ...QUICK });
    await urlOf(again);
    await eventually(() => expect(statesOf(starter, 'R')).toHaveLength(5));
    expect(statesOf(starter, 'R').map((id) => Number(id.at(-1)))).toEqual(range(5));
    expect(starter.batches).toHaveLength(1);
  });
});

describe.each(EDGE_RUNTIMES)('edge on %s, killed in the middle of a flood', (runtime) => {
  const RUNS = 12;
  const STATES = 25;
  const KILLS = 5;

  /** Which run of which stack; three runs share one. */
  const stackOf = (run: number) => `app-${run % 4}`;

  test('has every acknowledged delivery, and brings each to the starter in the order of its run', async () => {
    using folder = temporaryFolder();
    await using starter = await startFakeStarter();
    const env = { STARTER_URL: starter.url, ...QUICK };
    let edge = startEdge(runtime, folder.path, env);
    let url = await urlOf(edge);
    let acknowledged = 0;
    let killed = 0;

    /** As Spacelift does, sends again what was not acknowledged. */
    async function sendRun(run: number): Promise<void> {
      for (const version of range(STATES)) {
        const payload = runPayload(stackOf(run), `R${run}`, 'PLANNING', version);
        for (;;) {
          const status = await post(url, payload).then(
            (response) => response.status,
            () => null,
          );
          if (status === 202) break;
          expect(status).toBeNull();
          await sleep(5);
        }
        acknowledged += 1;
      }
    }

    async function killAndRestart(): Promise<void> {
      edge.kill('SIGKILL');
      await edge.ended;
      killed += 1;
      edge = startEdge(runtime, folder.path, env);
      url = await urlOf(edge);
    }

    try {
      const sending = Promise.all(range(RUNS).map(sendRun));
      for (const kill of range(KILLS)) {
        const goal = ((kill + 1) * RUNS * STATES) / (KILLS + 1);
        await eventually(() => expect(acknowledged).toBeGreaterThanOrEqual(goal));
        await killAndRestart();
      }
      await sending;
      await eventually(() =>
        expect(new Set(starter.batches.flat().map(({ id }) => id)).size).toBe(RUNS * STATES),
      );
      edge.kill('SIGTERM');
      expect(await edge.ended).toMatchObject({ code: 0 });
    } finally {
      edge.kill('SIGKILL');
    }
    expect(killed).toBe(KILLS);

    for (const run of range(RUNS)) {
      // A batch whose answer was lost comes again; the first time of each is what counts.
      const firsts = [...new Set(statesOf(starter, `R${run}`))];
      expect(firsts.map((id) => Number(id.split('.').at(-1)))).toEqual(range(STATES));
    }
    const { inbox } = openInbox(folder.path, { answering: unreachable });
    const stacks = [...new Set(range(RUNS).map(stackOf))];
    const counts = await Promise.all(stacks.map((stack) => inbox.count(inboxOf(stack))));
    expect(counts.map(({ delivered, pending }) => ({ delivered, pending }))).toEqual(
      stacks.map(() => ({ delivered: (RUNS * STATES) / stacks.length, pending: 0 })),
    );
    await inbox.close();
    // No more comes twice than was on its way at a kill: a batch for each stack.
    const twice = starter.batches.flat().length - RUNS * STATES;
    expect(twice).toBeLessThanOrEqual(KILLS * stacks.length * 20);
  });
});

describe('npm run edge:deno', () => {
  const granted = (flag: string) =>
    edgeScript('deno')
      .find((argument) => argument.startsWith(`--allow-${flag}=`))
      ?.split('=')[1]
      ?.split(',');

  test('grants by name what is read without a webhook of another name, and nothing else', () => {
    expect(granted('env')?.toSorted()).toEqual(
      [
        ...VARIABLES,
        'WEBHOOKS',
        'SPACELIFT_WEBHOOK_SECRET',
        'SPACELIFT_WEBHOOK_SECRET_PREVIOUS',
        'EDGE_HOST',
        'EDGE_PORT',
        'EDGE_STATE_DIRECTORY',
      ].toSorted(),
    );
    expect(granted('net')).toEqual(['127.0.0.1']);
    expect(edgeScript('deno').filter((argument) => argument.startsWith('-'))).toEqual([
      '--no-prompt',
      ...['net', 'read', 'write', 'env'].map((flag) => expect.stringContaining(`--allow-${flag}=`)),
    ]);
  });

  test.each([
    ['LOG_LEVEL', 503],
    ['SPACELIFT_WEBHOOK_SECRET_PREVIOUS', 503],
  ])('without a grant for %s it names that variable', async (variable, status) => {
    using folder = temporaryFolder();
    const edit = (word: string) => word.replaceAll(new RegExp(`,${variable}(?=,|$)`, 'g'), '');
    expect(edgeScript('deno').map(edit)).not.toEqual(edgeScript('deno'));
    await using edge = startEdge('deno', folder.path, {}, { edit });
    expect((await post(await urlOf(edge), runPayload('app', 'R', 'QUEUED', 0))).status).toBe(
      status,
    );
    edge.kill('SIGTERM');
    const { stderr } = await edge.ended;
    expect(stderr).toContain(
      `Cannot read configuration: ${variable} may not be read (Deno: --allow-env=…,${variable})`,
    );
  });
});
