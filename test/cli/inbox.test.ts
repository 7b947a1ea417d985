import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createInboxClient } from '../../cli/client.ts';
import { redeliver } from '../../cli/commands/redeliver.ts';
import { createScreen } from '../../cli/screen.ts';
import { webhookUrl } from '../../dev/launcher/edge-client.ts';
import { eventually } from '../../dev/launcher/eventually.ts';
import { type Path, startPath } from '../../dev/launcher/path.ts';
import { nodePath, PROJECT_ROOT } from '../../dev/launcher/toolchain.ts';
import type { Envelope, Verdict } from '../../shared/contract/envelope.ts';

/** A real edge under `wrangler dev`, and at its border a starter that says what the test wants. */
let folder: string;
let path: Path;
let starter: Server;
let verdictOn: (event: Envelope) => Partial<Verdict>;
let heard: Envelope[];

const STARTED = { verdict: 'started', executionId: 'execution' } as const;
const WITHIN_MS = 30_000;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inbox-cli-'));
  heard = [];
  verdictOn = () => STARTED;
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const events = JSON.parse(await text(request)) as Envelope[];
    heard.push(...events);
    const verdicts = events.map((event) => ({ id: event.id, ...verdictOn(event) }));
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ verdicts }));
  };
  starter = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => {
    starter.listen(0, '127.0.0.1', resolve);
  });
  const { port } = starter.address() as AddressInfo;
  path = await startPath({
    stateDirectory: folder,
    ports: 'any',
    parts: ['edge'],
    env: { edge: { STARTER_URL: `http://127.0.0.1:${port}`, BACKOFF_BASE_MS: '60000' } },
  });
});

afterAll(async () => {
  await path?.stop();
  starter?.close();
  await rm(folder, { recursive: true, force: true });
});

type Ran = { readonly code: number | null; readonly out: string; readonly err: string };

/** The command as a shell without a terminal runs it. */
async function inbox(args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const env = {
    PATH: process.env['PATH'],
    EDGE_URL: path.urls.edge,
    OPERATOR_TOKEN: path.secrets.operatorToken,
    ...more,
  };
  const child = spawn(nodePath(), ['cli/inbox.ts', ...args], {
    cwd: PROJECT_ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, out, err };
}

async function deliver(payload: object | string, webhook: string | null = null): Promise<string> {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const secret = webhook === null ? path.secrets.webhookSecret : path.secrets.intentsSecret;
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const answer = await fetch(webhookUrl(path.urls.edge, webhook), {
    method: 'POST',
    headers: { 'X-Signature-256': `sha256=${signature}`, 'User-Agent': 'Spacelift' },
    body,
  });
  expect(answer.status).toBe(202);
  return ((await answer.json()) as { deliveryId: string }).deliveryId;
}

const run = (stack: string, runId: string, state = 'FINISHED') => ({
  account: 'demo',
  state,
  stateVersion: 5,
  timestamp: 1_760_000_000,
  run: {
    id: runId,
    type: 'TRACKED',
    branch: 'main',
    commit: { hash: 'abcdef0', message: 'private words' },
    createdAt: 1_760_000_000,
  },
  stack: { id: stack, name: stack, labels: [] },
});

let stacks = 0;
const uniqueStack = () => `stack-${(stacks += 1)}`;

const jsonOf = ({ out }: Ran) => JSON.parse(out) as Record<string, unknown>;

/** Waits until nothing of the stack is pending. */
const settled = (stack: string) =>
  eventually(`an answer on ${stack}`, WITHIN_MS, async () => {
    const counts = jsonOf(await inbox(['counts', '--account=demo', `--stack=${stack}`, '--json']));
    return (counts['total'] as { pending: number }).pending === 0 ? counts : null;
  });

const at = (stack: string) => ['--account=demo', `--stack=${stack}`];

describe('npm run inbox', () => {
  test('lists as a table: no colours, no remarks and a line for each, where a program reads', async () => {
    const stack = uniqueStack();
    const ids = [
      await deliver(run(stack, 'R1')),
      await deliver({ event_type: 'triggered', stack_id: stack }),
    ];
    await settled(stack);
    const { code, out, err } = await inbox(['list', ...at(stack)]);
    expect([code, err]).toEqual([0, '']);
    const [titles, ...rows] = out.trimEnd().split('\n');
    expect(titles?.split(/ +/)).toEqual(['INBOX', 'ID', 'AGE', 'STATUS', 'TYPE']);
    expect(rows.map((row) => row.replaceAll(/\d+s ago/g, 'AGE').split(/ {2,}/))).toEqual([
      [`demo/${stack}`, ids[1], 'AGE', 'parked', 'triggered', 'intent-not-granted'],
      [`demo/${stack}`, ids[0], 'AGE', 'delivered', 'completed', 'run/demo/R1/FINISHED/exact.5'],
    ]);
    expect(out).not.toContain('\u001B');
  });

  test('lists over pages up to the limit, says how to go on, and goes on', async () => {
    const stack = uniqueStack();
    for (let index = 0; index < 5; index += 1) await deliver(run(stack, `R${index}`));
    await settled(stack);
    const first = await inbox(['list', ...at(stack), '--limit=2']);
    expect(first.out.trimEnd().split('\n')).toHaveLength(3);
    expect(first.err).toContain(`2 deliveries; there may be more: --cursor='demo/${stack}@4'`);
    const rest = jsonOf(await inbox(['list', ...at(stack), `--cursor=demo/${stack}@4`, '--json']));
    expect(rest).toMatchObject({
      deliveries: [{ seq: 3 }, { seq: 2 }, { seq: 1 }],
      nextCursor: null,
    });
  });

  test('takes every filter', async () => {
    const stack = uniqueStack();
    await deliver(run(stack, 'R1', 'FAILED'));
    await deliver(run(stack, 'R2'));
    await settled(stack);
    const found = async (...filter: string[]) => {
      const { deliveries } = jsonOf(await inbox(['list', ...filter, '--json']));
      return (deliveries as { key: string; inbox: string }[])
        .filter(({ inbox: name }) => name === `demo/${stack}`)
        .map(({ key }) => key.split('/')[2]);
    };
    expect(await found(...at(stack), '--type=failed')).toEqual(['R1']);
    expect(await found(`--inbox=demo/${stack}`, '--status=delivered')).toEqual(['R2', 'R1']);
    expect(await found(...at(stack), '--status=parked')).toEqual([]);
    expect(await found(...at(stack), '--since=1h')).toEqual(['R2', 'R1']);
    expect(await found(...at(stack), '--until=1h')).toEqual([]);
    expect(await found('--account=demo', '--limit=500')).toEqual(['R2', 'R1']);
    expect((await inbox(['list', ...at(stack), '--status=parked'])).err).toContain(
      'No deliveries.',
    );
  });

  test('shows one delivery, redacted unless told otherwise', async () => {
    const stack = uniqueStack();
    const id = await deliver(run(stack, 'R1'));
    await settled(stack);
    const { code, out, err } = await inbox(['show', id]);
    expect([code, err]).toEqual([0, '']);
    for (const words of [
      /^delivery {4}[0-9a-f-]{36}$/m,
      /^status {6}delivered$/m,
      new RegExp(`^inbox {7}demo/${stack}$`, 'm'),
      /^key {9}run\/demo\/R1\/FINISHED\/exact\.5$/m,
      /^execution {3}execution$/m,
      /^header {6}User-Agent: Spacelift$/m,
      /^body, redacted$/m,
      /"message": "\[redacted\]"/,
      /"dataschema": "urn:/,
    ])
      expect(out).toMatch(words);
    expect(out).not.toContain('private words');
    const raw = await inbox(['show', id, ...at(stack), '--body=raw']);
    expect(raw.out).toContain('"message":"private words"');
    expect((await inbox(['show', id, '--body=none'])).out).not.toContain('body, ');
    expect(jsonOf(await inbox(['show', id, '--json']))).toMatchObject({
      delivery: { deliveryId: id },
      body: { form: 'redacted' },
    });
  });

  test('shows a body that would steer a terminal as what it is, and how to send it again', async () => {
    const id = await deliver('\u001B[2J\u001B]0;owned\u0007 not json');
    const { out, err } = await inbox(['show', id, '--body=raw']);
    expect(out).toContain('\\u{1b}[2J\\u{1b}]0;owned\\u{7} not json');
    expect(out).toContain('unparsed: body-not-json');
    expect(err).toContain(`npm run inbox -- redeliver ${id}`);
  });

  test('counts inbox by inbox and together', async () => {
    const stack = uniqueStack();
    await deliver(run(stack, 'R1'));
    await settled(stack);
    const { out } = await inbox(['counts', ...at(stack)]);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      ['INBOX', 'PENDING', 'DELIVERED', 'PARKED', 'UNPARSED', 'OLDEST PENDING'],
      [`demo/${stack}`, '0', '1', '0', '0'],
      ['1 inbox', '0', '1', '0', '0'],
    ]);
    const all = jsonOf(await inbox(['counts', '--json']));
    const inboxes = all['inboxes'] as Record<string, number>[];
    const delivered = inboxes.reduce((sum, each) => sum + (each['delivered'] ?? 0), 0);
    expect(all['total']).toMatchObject({ delivered });
  });

  test('redelivers by id, the answer told and exit code 0 only if all are delivered', async () => {
    const stack = uniqueStack();
    const id = await deliver(run(stack, 'R1'));
    await settled(stack);
    const before = heard.length;
    const dry = await inbox(['redeliver', id, ...at(stack), '-n']);
    expect([dry.code, heard.length]).toEqual([0, before]);
    expect(dry.out).toMatch(/WOULD.*\n.*send {2,}delivered/);
    const sent = await inbox(['redeliver', id, ...at(stack), '-y']);
    expect(sent).toMatchObject({ code: 0, err: '' });
    expect(sent.out).toMatch(/DID.*\n.*send {2,}delivered {2,}completed {2,}started/);
    expect(heard.slice(before)).toMatchObject([{ deliveryid: id, redelivery: 1 }]);
    const some = await inbox(['redeliver', id, 'nobody', ...at(stack), '-y', '--json']);
    expect(some.code).toBe(1);
    expect(jsonOf(some)).toMatchObject({ results: [{ redeliveries: 2 }], unknown: ['nobody'] });
  });

  test('redelivers by filter what was parked, and exits 1 while it stays so', async () => {
    const stack = uniqueStack();
    const refused = (reason: string) => () => ({ verdict: 'refused' as const, reason });
    verdictOn = refused('stack is unknown');
    for (const runId of ['R1', 'R2', 'R3']) await deliver(run(stack, runId));
    await settled(stack);
    const again = ['redeliver', ...at(stack), '--status=parked', '--yes'];
    const parked = await inbox(again);
    expect(parked.code).toBe(1);
    expect(parked.out.match(/parked {2,}completed {2,}stack is unknown/g)).toHaveLength(3);
    verdictOn = () => STARTED;
    const json = jsonOf(await inbox([...again, '--json', '--limit=2']));
    expect(json).toMatchObject({ dryRun: false, meaning: null, unknown: [] });
    expect(json['results']).toMatchObject([{ status: 'delivered' }, { status: 'delivered' }]);
    expect((await inbox(again)).code).toBe(0);
    expect(await inbox(again)).toMatchObject({
      code: 0,
      err: expect.stringContaining('No deliver'),
    });
  });

  test('sends copies by force, and says what that means', async () => {
    const stack = uniqueStack();
    const intent = { event_type: 'triggered', stack_id: stack, idempotency_key: 'k' };
    const id = await deliver(intent, 'intents');
    await settled(stack);
    const before = heard.length;
    const { code, err, out } = await inbox(['redeliver', id, ...at(stack), '--force', '--yes']);
    expect(code).toBe(0);
    expect(err).toContain('another run');
    expect(out).toMatch(/copy {2,}delivered {2,}triggered/);
    expect(heard.slice(before)).toMatchObject([{ id: expect.stringContaining('/key.k.copy-') }]);
  });

  test.each<[string, string[], NodeJS.ProcessEnv, number, string]>([
    ['a misspelt option', ['list', '--staus=parked'], {}, 2, "Unknown option '--staus'"],
    ['a question nobody hears', ['redeliver', '--status=parked'], {}, 2, 'pass --yes or --dry-run'],
    ['no credentials', ['list'], { OPERATOR_TOKEN: '' }, 2, 'set OPERATOR_TOKEN'],
    ['wrong credentials', ['list'], { OPERATOR_TOKEN: 'x' }, 1, '(401 token-wrong)'],
    ['an unknown delivery', ['show', 'nobody'], {}, 1, '(404 delivery-unknown)'],
    ['a time it cannot read', ['list', '--since=noon'], {}, 1, 'Cannot read query: since (400'],
    ['no edge', ['list'], { EDGE_URL: 'http://127.0.0.1:1' }, 1, 'nobody answers at http://127'],
  ])('fails at %s, in one sentence beside the result', async (_, args, env, code, words) => {
    const failed = await inbox(args, env);
    expect(failed).toMatchObject({ code, out: '' });
    expect(failed.err.split('\n')[0]).toMatch(/^Cannot [^.]*/);
    expect(failed.err).toContain(words);
    expect(failed.err).not.toContain('    at ');
  });

  test('says that something else answers, such as the login page of Access', async () => {
    const login = createServer((_, response) => {
      response.writeHead(302, { Location: 'https://acme.cloudflareaccess.com/login' }).end();
    });
    await new Promise<void>((resolve) => {
      login.listen(0, '127.0.0.1', resolve);
    });
    const { port } = login.address() as AddressInfo;
    const { code, err } = await inbox(['list'], { EDGE_URL: `http://127.0.0.1:${port}` });
    login.close();
    expect(code).toBe(1);
    expect(err).toContain('answers 302 and is not the edge, or Access is in front of it');
  });

  test('ends quietly when its reader goes', async () => {
    const stack = uniqueStack();
    for (const runId of ['R1', 'R2']) await deliver(run(stack, runId));
    const child = spawn(nodePath(), ['cli/inbox.ts', 'list', ...at(stack)], {
      cwd: PROJECT_ROOT,
      env: {
        PATH: process.env['PATH'],
        EDGE_URL: path.urls.edge,
        OPERATOR_TOKEN: path.secrets.operatorToken,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    const code = new Promise((resolve) => {
      child.once('exit', resolve);
    });
    expect([await code, await text(child.stderr)]).toEqual([0, '']);
  });
});

describe('redeliver()', () => {
  /** A screen with somebody in front of it who gives this answer. */
  function screenAnswering(answer: boolean) {
    const said: string[] = [];
    const say = (line: string) => void said.push(line);
    return {
      said,
      screen: {
        ...createScreen(),
        canAsk: true,
        print: say,
        remark: say,
        printTable: (...[, rows]: Parameters<ReturnType<typeof createScreen>['printTable']>) =>
          say(rows.map(({ cells }) => cells.join(' ')).join('\n')),
        async confirm(question: string) {
          say(question);
          return answer;
        },
      },
    };
  }

  test.each([
    [false, 1, 0],
    [true, 0, 1],
  ])('redeliver() shows, asks, and goes by the answer: %j', async (answer, exitCode, sent) => {
    const stack = uniqueStack();
    const id = await deliver(run(stack, 'R1'));
    await settled(stack);
    const before = heard.length;
    const client = createInboxClient({
      url: path.urls.edge,
      headers: { Authorization: `Bearer ${path.secrets.operatorToken}` },
    });
    const { screen, said } = screenAnswering(answer);
    const command = {
      name: 'redeliver' as const,
      ids: [],
      filter: { account: 'demo', stack },
      limit: 50,
      isDryRun: false,
      isForced: false,
      isConfirmed: false,
      isJson: false,
    };
    expect(await redeliver(command, client, screen)).toBe(exitCode);
    expect(said[0]).toContain(id);
    expect(said[1]).toBe('Redeliver 1 delivery?');
    expect(said.join('\n')).toContain(answer ? 'delivered' : 'Nothing was sent.');
    expect(heard.length - before).toBe(sent);
  });
});
