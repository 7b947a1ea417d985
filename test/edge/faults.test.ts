import { runDurableObjectAlarm } from 'cloudflare:test';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createObjectInbox, type InboxBindings } from '../../edge/cloudflare/object-inbox.ts';
import { InboxDirectory } from '../../edge/cloudflare/inbox-directory.ts';
import { InboxStore } from '../../edge/inbox/store.ts';
import { routeToStarter } from '../../edge/cloudflare/starter-route.ts';
import { parseConfig, type StarterConfig } from '../../edge/config.ts';
import { createTransport, routeByUrl } from '../../edge/transport.ts';
import {
  alarmOf,
  deliver,
  eventually,
  fakeStarter,
  inboxOf,
  memoOf,
  newDelivery,
  runPayload,
  settled,
  unique,
} from './kit.ts';

const spies: { mockRestore: () => void }[] = [];
afterEach(() => {
  for (const spy of spies.splice(0)) spy.mockRestore();
});

describe('createObjectInbox()', () => {
  const delivery = newDelivery();

  /** Objects of which the first answers are the given errors. */
  function failing(errors: object[]) {
    const names: string[] = [];
    const INBOX = {
      getByName(name: string) {
        names.push(name);
        return {
          accept: async () => {
            const error = errors.shift();
            if (error !== undefined) throw Object.assign(new Error('broken'), error);
            return { isDuplicate: false, deliveryId: 'd' };
          },
        };
      },
    };
    return { names, inbox: createObjectInbox({ INBOX } as unknown as InboxBindings) };
  }

  test.each([{ retryable: true }, { retryable: false }, {}])(
    'createObjectInbox() asks once more by a new stub after %j',
    async (error) => {
      const { names, inbox } = failing([error]);
      expect(await inbox.accept(delivery, new Uint8Array(1))).toEqual({
        isDuplicate: false,
        deliveryId: 'd',
      });
      expect(names).toEqual(['acme/app', 'acme/app']);
    },
  );

  test.each([
    ['comes of overload', [{ retryable: true, overloaded: true }], 1],
    ['comes twice', [{ retryable: true }, {}], 2],
  ])('createObjectInbox() gives up when the error %s', async (_, errors, calls) => {
    const { names, inbox } = failing(errors);
    await expect(inbox.accept(delivery, new Uint8Array(1))).rejects.toThrow('broken');
    expect(names).toHaveLength(calls);
  });
});

describe('InboxObject', () => {
  test('accept() does not depend on the directory, and registers at the next occasion', async () => {
    const stack = unique('app');
    const register = vi.spyOn(InboxDirectory.prototype, 'register');
    spies.push(register);
    register.mockImplementation(() => {
      throw new Error('directory is away');
    });
    expect((await deliver(runPayload(stack, 'R', 'QUEUED', 0))).status).toBe(202);
    await settled(`acme/${stack}`);
    expect(await memoOf(`acme/${stack}`, 'registered')).toBeNull();
    register.mockRestore();
    await deliver(runPayload(stack, 'R', 'FINISHED', 1));
    await eventually(async () => expect(await memoOf(`acme/${stack}`, 'registered')).toBe(true));
  });

  test('alarm() does not throw whatever breaks, and is armed again', async () => {
    const stack = unique('app');
    const inbox = `acme/${stack}`;
    fakeStarter(inbox, () => new Response(null, { status: 503 }));
    await deliver(runPayload(stack, 'R', 'QUEUED', 0));
    await eventually(async () => expect(await memoOf(inbox, 'outage')).not.toBeNull());
    const nextDueAt = vi.spyOn(InboxStore.prototype, 'nextDueAt');
    spies.push(nextDueAt);
    nextDueAt.mockImplementation(() => {
      throw new Error('no such column');
    });
    expect(await runDurableObjectAlarm(inboxOf(inbox))).toBe(true);
    expect(nextDueAt).toHaveBeenCalled();
    expect(await alarmOf(inbox)).toBeGreaterThan(Date.now());
  });
});

describe('createTransport()', () => {
  const starter: StarterConfig = {
    url: 'https://starter.test',
    secrets: ['e'],
    access: null,
    timeoutMs: 1000,
  };
  const batch = { keys: ['k'], envelopes: ['{}'], traceparent: '' };

  const forward = async (answering: () => Response, config: StarterConfig | null = starter) =>
    createTransport({
      route: config && routeByUrl(config, async () => answering()),
      clock: () => 0,
      newId: () => 'id',
    })(batch);

  test.each([
    [401, true],
    [403, true],
    [302, false],
    [404, false],
    [429, false],
    [502, false],
    [530, false],
  ])(
    'forward() takes status %i for a fault of configuration: %j',
    async (status, isConfiguration) => {
      expect(await forward(() => new Response(null, { status }))).toEqual({
        ok: false,
        error: {
          error: `Cannot forward batch: status is ${status}`,
          retryAfterMs: null,
          isConfiguration,
        },
      });
    },
  );

  test('forward() without a starter is a fault of configuration and calls nobody', async () => {
    const answering = vi.fn<() => Response>();
    expect(await forward(answering, null)).toMatchObject({
      ok: false,
      error: { isConfiguration: true },
    });
    expect(answering).not.toHaveBeenCalled();
  });

  test.each([
    ['its URL, with the token of Access', undefined, 'https://starter.test/events', 'client'],
    ['a VPC binding, without it', true, 'http://starter/events', null],
  ])('routeToStarter() goes by %s', async (_, isBound, url, clientId) => {
    const calls: { url: string; headers: Headers }[] = [];
    const answering = async (input: RequestInfo | URL, init?: RequestInit) => {
      calls.push({ url: new Request(input).url, headers: new Headers(init?.headers) });
      return Response.json({ verdicts: [{ id: 'k', verdict: 'started' }] });
    };
    const binding = { fetch: answering } as unknown as Fetcher;
    const config = parseConfig({
      ENVELOPE_SECRET: 'e',
      STARTER_ACCESS_CLIENT_ID: 'client',
      STARTER_ACCESS_CLIENT_SECRET: 'secret',
      ...(isBound ? { STARTER: binding } : { STARTER_URL: 'https://starter.test/' }),
    });
    if (!config.ok || config.value.starter === null) throw new Error('Cannot go on: no starter');
    const outside = vi.spyOn(globalThis, 'fetch').mockImplementation(answering);
    spies.push(outside);
    const route = routeToStarter(config.value.starter, isBound ? { STARTER: binding } : {});
    const sent = await createTransport({ route, clock: () => 0, newId: () => 'id' })(batch);
    expect(sent).toMatchObject({ ok: true, value: { verdicts: [{ verdict: 'started' }] } });
    expect(calls.map((call) => call.url)).toEqual([url]);
    expect(calls[0]?.headers.get('CF-Access-Client-Id')).toBe(clientId);
    expect(calls[0]?.headers.get('webhook-signature')).toMatch(/^v1,/);
  });

  test('forward() lets go of the body of an answer it does not read', async () => {
    const response = new Response('a long excuse', { status: 503 });
    await forward(() => response);
    expect(response.bodyUsed || (await response.text().catch(() => 'gone')) === '').toBe(true);
  });
});
