/**
 * Sees to the schedules of the accounts' sweeps when the worker starts. In the background and until it works: a worker
 * that may not, or cannot yet, make a schedule carries executions on all the same.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../shared/contract/names.ts';
import type { SweepConfig } from '../config.ts';
import type { Log } from '../log.ts';
import { createRegisteredAttributes } from '../starter/search-attributes.ts';
import { pauseGoneAccounts } from './gone-accounts.ts';
import { type Scheduled, scheduleSweep } from './schedule.ts';

/** While Temporal does not answer. */
const ASK_AGAIN_MS = 30_000;

/** Whether attributes were registered, or other workers went. */
const LOOK_AGAIN_MS = 10 * 60_000;

const ATTRIBUTES_COUNT = Object.keys(SEARCH_ATTRIBUTES).length;

/** With pages of 50 some thousand runs; what is left is for the next sweep. */
const PAGES_LIMIT = 40;

/** Temporal remembers an execution from its end on; clocks, and runs whose execution ended late, take the rest. */
const WINDOW_SHARE = 0.9;

const DAY_MS = 24 * 60 * 60 * 1000;

export type SweepsOptions = {
  readonly client: Client;
  readonly accounts: readonly string[];
  readonly config: SweepConfig;
  readonly log: Log;
};

/**
 * Resolves when every account's schedule is as configured and nothing is left to happen elsewhere that would change one
 * (attributes registered, other workers gone), or when aborted.
 */
export async function keepSweeps(options: SweepsOptions, signal: AbortSignal): Promise<void> {
  const { client, accounts, log } = options;
  const registered = createRegisteredAttributes({ client, mayCreate: false, now: Date.now, log });
  const said = new Map<string, Scheduled>();
  while (!signal.aborted) {
    const searchAttributes = await registered();
    let areKept = true;
    for (const account of accounts) {
      const scheduled = await attempt({ account }, log, () =>
        keepSweep(account, searchAttributes, options),
      );
      areKept &&= scheduled !== undefined;
      if (scheduled === undefined || said.get(account) === scheduled) continue;
      if (said.has(account) && scheduled === 'unchanged') continue;
      said.set(account, scheduled);
      const level = scheduled === 'paused' || scheduled === 'off' ? 'warn' : 'info';
      log[level]({ account, scheduled, intervalMs: options.config.intervalMs }, 'sweep scheduled');
    }
    const isSettled = (await attempt({}, log, () => pauseGoneAccounts(options))) ?? false;
    if (areKept && isSettled && searchAttributes.length === ATTRIBUTES_COUNT) return;
    const waitMs = areKept ? LOOK_AGAIN_MS : ASK_AGAIN_MS;
    await pause(waitMs, undefined, { signal, ref: false }).catch(() => {});
  }
}

/** Undefined where it failed, which is logged and tried again. */
async function attempt<T>(facts: object, log: Log, act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    log.warn({ ...facts, error: messageOf(error) }, 'sweep not scheduled yet');
    return undefined;
  }
}

async function keepSweep(
  account: string,
  searchAttributes: readonly string[],
  { client, config }: SweepsOptions,
): Promise<Scheduled> {
  const { intervalMs, observedRunTypes, webhookIds, settings } = config;
  const input = {
    account,
    windowMs: Math.floor((await retentionMs(client)) * WINDOW_SHARE),
    pagesLimit: PAGES_LIMIT,
    runTypes: observedRunTypes,
    webhookIds: webhooksOf(account, webhookIds),
    settings: { ...settings, searchAttributes },
  };
  return scheduleSweep(client, { intervalMs, input }, Date.now);
}

const webhooksOf = (account: string, entries: readonly string[]): readonly string[] =>
  entries.flatMap((entry) => {
    const [first, id] = entry.split('/');
    if (id === undefined) return [entry];
    return first === account ? [id] : [];
  });

/** How long the namespace remembers executions that have ended. */
async function retentionMs({ connection, options }: Client): Promise<number> {
  const { namespace } = options;
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  const seconds = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0);
  return seconds === 0 ? DAY_MS : seconds * 1000;
}

/** Of a failed call, which names Temporal's own words and nothing of what was sent. */
function messageOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
