/** What the tests of the SQLite inbox share: a folder that is thrown away, deliveries, and a starter that answers as told. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { vi } from 'vitest';
import { DEFAULT_PACING, type Pacing, type Webhook } from '../../edge/config.ts';
import type { NewDelivery } from '../../edge/inbox/inbox.ts';
import { createLog } from '../../edge/log.ts';
import { readDelivery } from '../../edge/read-delivery.ts';
import { createFileInbox, type FileInbox } from '../../edge/sqlite/file-inbox.ts';
import type { OpenFiles } from '../../edge/sqlite/open-files.ts';
import { createTransport } from '../../edge/transport.ts';
import type { Envelope, Verdict } from '../../shared/contract/envelope.ts';
import { sha256Hex, utf8 } from '../../shared/contract/hmac.ts';

export const HOUR_MS = 60 * 60 * 1000;
export const DAY_MS = 24 * HOUR_MS;

/** Everything runs at once on a busy machine. */
const PATIENCE_MS = 20_000;

/** Tries again until the check no longer throws; under fake timers time goes on meanwhile. */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: PATIENCE_MS, interval: 5 });

export type Folder = Disposable & { readonly path: string };

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'edge-sqlite-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export type Answering = (events: readonly Envelope[]) => Response | Promise<Response>;

export const answer = (verdicts: readonly Verdict[], init: ResponseInit = {}): Response =>
  Response.json({ verdicts }, init);

export const verdictOn = (
  { id }: Envelope,
  verdict: Verdict['verdict'] = 'started',
  more: Partial<Verdict> = {},
): Verdict => ({ id, verdict, ...more });

export const takesAll: Answering = (events) => answer(events.map((event) => verdictOn(event)));

export const unreachable: Answering = () => Promise.reject(new TypeError('Connection refused'));

/** Stands for the starter at the network's border; how it answers may be changed later. */
export type Starter = { readonly batches: Envelope[][]; answering: Answering };

export type Opened = {
  readonly inbox: FileInbox;
  readonly starter: Starter;
  readonly lines: string[];
};

type OpenOptions = {
  readonly answering?: Answering;
  readonly pacing?: Partial<Pacing>;
  readonly files?: OpenFiles;
};

const FORWARD_TIMEOUT_MS = 2000;

/** No jitter, so that waits are as long as their ceiling. */
const CEILING = 1;

export function openInbox(folder: string, options: OpenOptions = {}): Opened {
  const starter: Starter = { batches: [], answering: options.answering ?? takesAll };
  const lines: string[] = [];
  const clock = () => Date.now();
  const inbox = createFileInbox({
    folder,
    ...(options.files && { files: options.files }),
    forward: createTransport({
      route: {
        url: 'https://starter.test',
        secrets: ['envelope-secret'],
        timeoutMs: FORWARD_TIMEOUT_MS,
        headers: {},
        async fetch(_, { body }) {
          const events = JSON.parse(body as string) as Envelope[];
          starter.batches.push(events);
          return starter.answering(events);
        },
      },
      clock,
      newId: () => crypto.randomUUID(),
    }),
    pacing: { ...DEFAULT_PACING, lingerMs: 0, ...options.pacing },
    forwardTimeoutMs: FORWARD_TIMEOUT_MS,
    clock,
    random: () => CEILING,
    // Not by the timers that tests hold still.
    sleep: (ms) => sleep(ms),
    log: createLog('debug', (_, line) => lines.push(line)),
  });
  return { inbox, starter, lines };
}

const WEBHOOK: Webhook = {
  name: 'default',
  account: 'acme',
  accounts: ['acme'],
  missingVariables: [],
  secrets: [],
  factor: null,
  intents: null,
};

export const runPayload = (stack: string, run: string, state: string, stateVersion: number) => ({
  account: 'acme',
  state,
  stateVersion,
  timestamp: 1_760_000_000 + stateVersion,
  run: {
    id: run,
    branch: 'main',
    commit: { hash: 'abcdef0', authorLogin: 'someone', message: 'private words' },
    createdAt: 1_760_000_000,
    triggeredBy: 'someone@example.com',
    type: 'TRACKED',
  },
  stack: { id: stack, name: stack, labels: [] },
});

export const inboxOf = (stack: string): string => `acme/${stack}`;

/** Keeps a delivery as the app would, once it has found the signature to be right. */
export async function keep(inbox: FileInbox, payload: unknown) {
  const body = utf8(typeof payload === 'string' ? payload : JSON.stringify(payload));
  const delivery: NewDelivery = readDelivery(body, WEBHOOK, {
    deliveryId: crypto.randomUUID(),
    receivedAt: Date.now(),
    bodyHash: await sha256Hex(body),
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    headers: '{}',
    secretLabel: 'current',
  });
  return inbox.accept(delivery, body);
}

/** Keeps states of a run, one after another. */
export async function keepStates(
  inbox: FileInbox,
  stack: string,
  run: string,
  versions: readonly number[],
): Promise<void> {
  for (const version of versions) await keep(inbox, runPayload(stack, run, 'PLANNING', version));
}

const EVERYTHING = {
  status: null,
  eventType: null,
  since: null,
  until: null,
  before: null,
  limit: 1000,
};

/** What is in the inbox of a stack, in the order it came. */
export const kept = async (inbox: FileInbox, stack: string) =>
  (await inbox.list(inboxOf(stack), EVERYTHING)).toReversed();

export const statusesOf = async (inbox: FileInbox, stack: string) =>
  (await kept(inbox, stack)).map(({ status }) => status);

/** Waits until everything in the inbox of a stack is delivered. */
export const settled = (inbox: FileInbox, stack: string, count: number) =>
  eventually(async () => {
    const statuses = await statusesOf(inbox, stack);
    if (statuses.length !== count || statuses.some((status) => status !== 'delivered'))
      throw new Error(`Cannot go on: statuses are ${statuses.join(', ')}`);
  });

export const range = (count: number): number[] =>
  Array.from({ length: count }, (_, index) => index);
