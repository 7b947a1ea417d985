import type { TestWorkflowEnvironment } from '@temporalio/testing';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../../shared/contract/names.ts';
import { createRegisteredAttributes } from '../../../worker/starter/search-attributes.ts';
import { startFailingTemporal, startTemporal } from '../temporal.ts';

const OURS = Object.values(SEARCH_ATTRIBUTES);
const ASK_AGAIN_MS = 60_000;

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

  test('tells which are registered, asks again after a minute until all are, and then no more', async () => {
    env = await startTemporal();
    const { client } = env;
    const { lines, log } = createLog();
    let now = 0;
    const registered = createRegisteredAttributes(client, () => now, log);
    const register = (names: readonly string[]) =>
      client.connection.operatorService.addSearchAttributes({
        namespace: client.options.namespace,
        searchAttributes: Object.fromEntries(names.map((name) => [name, KEYWORD_TYPE])),
      });

    expect(await registered()).toEqual([]);
    expect(lines).toMatchObject([{ level: 40, missing: OURS.join(', ') }]);

    await register(OURS.slice(0, 2));
    now = ASK_AGAIN_MS - 1;
    expect(await registered()).toEqual([]);
    now = ASK_AGAIN_MS;
    await expect
      .poll(async () => {
        now += ASK_AGAIN_MS;
        return registered();
      })
      .toEqual(OURS.slice(0, 2));
    expect(lines.at(-1)).toMatchObject({ missing: OURS.slice(2).join(', ') });

    await register(OURS.slice(2));
    await expect
      .poll(async () => {
        now += ASK_AGAIN_MS;
        return registered();
      })
      .toEqual(OURS);

    await client.connection.close();
    now += ASK_AGAIN_MS;
    expect(await registered()).toEqual(OURS);
  });

  test('says that none is registered while Temporal does not answer, and asks again each time', async () => {
    await using temporal = await startFailingTemporal(14);
    const registered = createRegisteredAttributes(temporal.client, () => 0, createLog().log);
    expect(await registered()).toEqual([]);
    expect(await registered()).toEqual([]);
    expect(temporal.calls).toEqual(
      Array.from({ length: 2 }, () => expect.stringContaining('ListSearchAttributes')),
    );
  });

  test('asks once for many concurrent callers', async () => {
    await using temporal = await startFailingTemporal(14);
    const registered = createRegisteredAttributes(temporal.client, () => 0, createLog().log);
    await Promise.all(Array.from({ length: 10 }, () => registered()));
    expect(temporal.calls).toHaveLength(1);
  });
});
