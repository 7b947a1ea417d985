/**
 * Sees to the schedules of the accounts' sweeps when the worker starts. In the background and until it works: a worker
 * that may not, or cannot yet, make a schedule carries executions on all the same.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { SweepConfig } from '../config.ts';
import type { Log } from '../log.ts';
import { createRegisteredAttributes } from '../starter/search-attributes.ts';
import { scheduleSweep } from './schedule.ts';

/** While Temporal does not answer. */
const ASK_AGAIN_MS = 30_000;

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

/** Resolves when every account's schedule is as configured, or when aborted. */
export async function keepSweeps(options: SweepsOptions, signal: AbortSignal): Promise<void> {
  const { accounts, log } = options;
  const waiting = new Set(accounts);
  while (!signal.aborted) {
    for (const account of waiting) {
      try {
        await keepSweep(account, options);
        waiting.delete(account);
      } catch (error) {
        log.warn({ account, error: messageOf(error) }, 'sweep not scheduled yet');
      }
    }
    if (waiting.size === 0) return;
    await pause(ASK_AGAIN_MS, undefined, { signal, ref: false }).catch(() => {});
  }
}

async function keepSweep(account: string, { client, config, log }: SweepsOptions): Promise<void> {
  const { intervalMs, observedRunTypes, webhookIds, settings } = config;
  const searchAttributes = await createRegisteredAttributes({
    client,
    mayCreate: false,
    now: Date.now,
    log,
  })();
  const input = {
    account,
    windowMs: Math.floor((await retentionMs(client)) * WINDOW_SHARE),
    pagesLimit: PAGES_LIMIT,
    runTypes: observedRunTypes,
    webhookIds: webhooksOf(account, webhookIds),
    settings: { ...settings, searchAttributes },
  };
  const scheduled = await scheduleSweep(client, { intervalMs, input }, Date.now);
  const level = scheduled === 'paused' || scheduled === 'off' ? 'warn' : 'info';
  log[level]({ account, scheduled, intervalMs }, 'sweep scheduled');
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
