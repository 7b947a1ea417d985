/**
 * Sweep: finds what no webhook ever told. One firing of an account's schedule reads the lists of runs, has executions
 * started or told where they may not know, looks whether the webhooks are still enabled, and leaves what it knows to the
 * next one as its result. It never changes anything at Spacelift, and a firing that fails leaves that of the last one.
 */
import { log, setCurrentDetails, uuid4, workflowInfo } from '@temporalio/workflow';
import { spaceliftOf, tellRuns } from './activities.ts';
import { messageOf, rethrowCancellation } from './failures.ts';
import type { KnownWebhook, SweepInput, SweepMemory, SweepResult } from './sweep-messages.ts';
import { webhookNotice } from './notices.ts';
import type { RunTelling, TellRunsAnswer } from './ports.ts';
import { afterNotice, decideSweep, decideWebhook, firstMemory } from './sweep-decision.ts';
import { isComplete, readLists } from './sweep-reading.ts';
import { createShow } from './details.ts';
import { tellPeople } from './tell-people.ts';
import { sweepDetails } from './visibility.ts';

/** So many executions are looked at by one activity. */
const TELLINGS_AT_ONCE = 50;

export async function sweepAccount(input: SweepInput): Promise<SweepResult> {
  const { lastResult } = workflowInfo();
  // The only results of this schedule are those of this function.
  const before = (lastResult as SweepResult | undefined)?.memory ?? firstMemory(input.since);
  const sweptAt = Date.now();
  const show = createShow();
  show({ state: `Lists the runs of ${input.account}`, next: 'starts and tells executions' });
  const { listRuns } = spaceliftOf(input.account, input.settings);
  const { sighted, ...reading } = await readLists(listRuns, input, before, sweptAt);
  const decision = decideSweep(before, sighted, input, sweptAt);
  const count = decision.tellings.length;
  show({ state: `Looks at ${count} executions`, next: 'looks whether webhooks are enabled' });
  const { started, told } = await tellAll(decision.tellings, input);
  const { webhooks, lastError } = await watchWebhooks(input, before);
  const result: SweepResult = {
    openRuns: decision.openRuns.length,
    started,
    told,
    tooOld: decision.tooOld,
    isComplete: isComplete(reading, sweptAt),
    memory: {
      sweptAt,
      openRuns: decision.openRuns,
      settledRuns: decision.settledRuns,
      ...reading,
      webhooks,
    },
  };
  setCurrentDetails(sweepDetails(result, lastError));
  const { memory: _, ...counts } = result;
  log.info('account swept', { account: input.account, ...counts });
  return result;
}

async function tellAll(
  tellings: readonly RunTelling[],
  { account, settings }: SweepInput,
): Promise<Pick<TellRunsAnswer, 'started' | 'told'>> {
  let [started, told] = [0, 0];
  for (let from = 0; from < tellings.length; from += TELLINGS_AT_ONCE) {
    const runs = tellings.slice(from, from + TELLINGS_AT_ONCE);
    const answer = await tellRuns({ account, runs, settings });
    started += answer.started;
    told += answer.told;
  }
  return { started, told };
}

/** Comes last: whatever fails before it must not repeat its notices. */
async function watchWebhooks(
  input: SweepInput,
  { webhooks }: SweepMemory,
): Promise<{ readonly webhooks: readonly KnownWebhook[]; readonly lastError: string | null }> {
  const traceId = uuid4().replaceAll('-', '');
  const watched: KnownWebhook[] = [];
  let lastError: string | null = null;
  for (const webhookId of input.webhookIds) {
    const before = webhooks.find((known) => known.webhookId === webhookId);
    const after = await watchWebhook(input, webhookId, before, traceId);
    lastError = after.error ?? lastError;
    if (after.webhook !== undefined) watched.push(after.webhook);
  }
  return { webhooks: watched, lastError };
}

type Watched = { readonly webhook: KnownWebhook | undefined; readonly error?: string };

/** What cannot be seen or told now is left to the next sweep. */
async function watchWebhook(
  { account, settings }: SweepInput,
  webhookId: string,
  before: KnownWebhook | undefined,
  traceId: string,
): Promise<Watched> {
  let after = before;
  try {
    const state = await spaceliftOf(account, settings).readWebhook({ account, webhookId });
    const { webhook, notice } = decideWebhook(before, webhookId, state, Date.now());
    after = webhook;
    if (notice === null) return { webhook };
    const lastEnabledAt = before?.lastEnabledAt ?? null;
    await tellPeople(webhookNotice(notice, account, webhook, lastEnabledAt, traceId), settings);
    return { webhook: afterNotice(webhook) };
  } catch (error) {
    rethrowCancellation(error);
    const message = messageOf(error);
    log.warn('webhook could not be watched', { webhook: webhookId, error: message });
    return { webhook: after, error: message };
  }
}
