import type { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../../shared/contract/names.ts';
import { createRegisteredAttributes } from '../../../worker/starter/search-attributes.ts';
import { startFailingTemporal, startTemporal } from '../temporal.ts';
import { createExecutions } from '../../../worker/executions.ts';
import { startOfRun } from '../../../shared/workflow/start.ts';
import { runEvent } from '../../events.ts';
import { parseStarterConfig } from '../../../worker/config.ts';

const OURS = Object.values(SEARCH_ATTRIBUTES);
const ASK_AGAIN_MS = 60_000;
const CREATED_MS = 15_000;

/** Of the dev server, for custom attributes of type Keyword. */
const KEYWORDS_LIMIT = 10;

const { settings: SETTINGS } = parseStarterConfig({ ENVELOPE_SECRET: 'x' });

/** `INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API. */
const KEYWORD_TYPE = 2;

function createLog() {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { lines, log: pino({ base: null, timestamp: false }, { write }) };
}

describe('createRegisteredAttributes()', () => {
  let env: TestWorkflowEnvironment | undefined;

  beforeEach(() => {
    env = undefined;
  });

  afterEach(() => env?.teardown());

  /** A clock that a test turns on, and what is asked by it. */
  async function ask(mayCreate: boolean) {
    env ??= await startTemporal();
    const { client } = env;
    const { lines, log } = createLog();
    const clock = { now: 0 };
    const registered = createRegisteredAttributes({
      client,
      mayCreate,
      now: () => clock.now,
      log,
    });
    return { client, lines, clock, registered };
  }

  const register = ({ connection, options }: Client, names: readonly string[]) =>
    connection.operatorService.addSearchAttributes({
      namespace: options.namespace,
      searchAttributes: Object.fromEntries(names.map((name) => [name, KEYWORD_TYPE])),
    });

  const startWith = (client: Client, searchAttributes: readonly string[]) => {
    const run = runEvent('network', `run-${searchAttributes.length}`, 'QUEUED', 0);
    const settings = { ...SETTINGS, searchAttributes };
    return createExecutions(client).start(startOfRun(run, settings, run), 'never');
  };

  test('creates what is missing, and tells of it once the server has had time', async () => {
    const { client, lines, clock, registered } = await ask(true);
    await register(client, OURS.slice(0, 2));
    await expect.poll(() => ask(false).then((other) => other.registered())).toHaveLength(2);

    expect(await registered()).toEqual(OURS.slice(0, 2));
    expect(lines).toMatchObject([{ level: 30, created: OURS.slice(2).join(', ') }]);
    clock.now = CREATED_MS - 1;
    expect(await registered()).toEqual(OURS.slice(0, 2));
    await expect
      .poll(async () => {
        clock.now += CREATED_MS;
        return registered();
      })
      .toEqual(OURS);
    expect(await startWith(client, await registered())).toBe('started');
    const { customAttributes } = await client.connection.operatorService.listSearchAttributes({
      namespace: client.options.namespace,
    });
    for (const name of OURS) expect(customAttributes[name]).toBe(KEYWORD_TYPE);
  });

  test('warns with the command where the server refuses, asks it no more, and executions start', async () => {
    const { client, lines, clock, registered } = await ask(true);
    // As many of a type as a namespace may have.
    await register(
      client,
      Array.from({ length: KEYWORDS_LIMIT - 1 }, (_, index) => `Other${index}`),
    );
    const known = await registered();
    expect(known).toEqual([]);
    expect(lines).toMatchObject([
      { level: 40, msg: 'search attributes could not be created' },
      {
        level: 40,
        missing: OURS.join(', '),
        command: expect.stringContaining(
          'temporal operator search-attribute create --namespace default --type Keyword --name SpaceliftAccount && ',
        ) as string,
      },
    ]);
    expect(lines[0]?.['reason']).toMatch(/\w+/);
    expect(await startWith(client, known)).toBe('started');
    clock.now = ASK_AGAIN_MS;
    await registered();
    expect(lines.map(({ msg }) => msg)).toEqual([
      'search attributes could not be created',
      'search attributes missing',
      'search attributes missing',
    ]);
  });

  test('not told to create, tells which are registered, asks again after a minute until all are, and then no more', async () => {
    const { client, lines, clock, registered } = await ask(false);
    expect(await registered()).toEqual([]);
    expect(lines).toMatchObject([{ level: 40, missing: OURS.join(', ') }]);

    await register(client, OURS.slice(0, 2));
    clock.now = ASK_AGAIN_MS - 1;
    expect(await registered()).toEqual([]);
    clock.now = ASK_AGAIN_MS;
    const poll = () =>
      expect.poll(async () => {
        clock.now += ASK_AGAIN_MS;
        return registered();
      });
    await poll().toEqual(OURS.slice(0, 2));
    expect(lines.at(-1)).toMatchObject({ missing: OURS.slice(2).join(', ') });

    await register(client, OURS.slice(2));
    await poll().toEqual(OURS);

    await client.connection.close();
    clock.now += ASK_AGAIN_MS;
    expect(await registered()).toEqual(OURS);
  });

  test('says that none is registered while Temporal does not answer, and asks again each time', async () => {
    await using temporal = await startFailingTemporal(14);
    const registered = createRegisteredAttributes({
      client: temporal.client,
      mayCreate: true,
      now: () => 0,
      log: createLog().log,
    });
    expect(await registered()).toEqual([]);
    expect(await registered()).toEqual([]);
    expect(temporal.calls).toEqual(
      Array.from({ length: 2 }, () => expect.stringContaining('ListSearchAttributes')),
    );
  });

  test('asks once for many concurrent callers', async () => {
    await using temporal = await startFailingTemporal(14);
    const registered = createRegisteredAttributes({
      client: temporal.client,
      mayCreate: true,
      now: () => 0,
      log: createLog().log,
    });
    await Promise.all(Array.from({ length: 10 }, () => registered()));
    expect(temporal.calls).toHaveLength(1);
  });
});
