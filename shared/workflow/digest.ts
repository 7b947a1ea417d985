/**
 * Digest: keeps what a quiet route was sent, and sends it as one notice when the quiet time is over. One execution a route,
 * started by the first notice that is held; it ends once it has nothing left, and as failed if a
 * digest could not be sent. Of one execution's notices the last is told.
 */
import {
  condition,
  continueAsNew,
  defineSignal,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { SIGNALS } from '../contract/names.ts';
import { sendNotice } from './activities.ts';
import type { DigestInput, HeldNotice, Notice } from './notice-messages.ts';
import { rethrowCancellation } from './failures.ts';
import { toIso } from './progress.ts';

const holdNotice = defineSignal<[HeldNotice]>(SIGNALS.holdNotice);

/** Lines of a digest; of more the number is told. */
const LINES_LIMIT = 40;

/** Executions whose last notices are kept, so that a night full of failures fits a start input. */
const KEPT_LIMIT = 500;

export async function keepDigest(input: DigestInput): Promise<void> {
  const held = new Map((input.held ?? []).map((one) => [one.notice.executionId, one]));
  let count = input.count ?? 0;
  setHandler(holdNotice, (one) => {
    const known = held.get(one.notice.executionId);
    if (known?.key === one.key) return;
    count += 1;
    held.delete(one.notice.executionId);
    held.set(one.notice.executionId, one);
    const [oldest] = held.keys();
    if (held.size > KEPT_LIMIT && oldest !== undefined) held.delete(oldest);
  });
  let failure: unknown = null;
  await condition(() => held.size > 0);
  while (held.size > 0) {
    await waitUntilOver(held);
    if (workflowInfo().continueAsNewSuggested)
      await continueAsNew<(input: DigestInput) => Promise<void>>({
        ...input,
        held: [...held.values()],
        count,
      });
    const notices = [...held.values()].map(({ notice }) => notice);
    const told = count;
    held.clear();
    count = 0;
    try {
      await sendDigest(input.route, notices, told);
    } catch (error) {
      rethrowCancellation(error);
      failure = error;
    }
  }
  if (failure !== null) throw failure;
}

/** A later notice may name a later end; a history that gets long ends the wait, too. */
async function waitUntilOver(held: ReadonlyMap<string, HeldNotice>): Promise<void> {
  for (;;) {
    const until = Math.max(...[...held.values()].map((one) => one.until));
    const waitMs = until - Date.now();
    if (waitMs <= 0 || workflowInfo().continueAsNewSuggested) return;
    setCurrentDetails(`Holds notices until ${toIso(until)}`);
    const isCut = () =>
      workflowInfo().continueAsNewSuggested || [...held.values()].some((one) => one.until > until);
    await condition(isCut, waitMs);
  }
}

async function sendDigest(route: string, notices: readonly Notice[], count: number): Promise<void> {
  const { workflowId, runId, historyLength } = workflowInfo();
  const [first] = notices;
  if (first === undefined) return;
  const lines = notices.slice(-LINES_LIMIT).map(({ text }) => `• ${text.replaceAll('\n', ' ')}`);
  const more = notices.length - lines.length;
  const head = `${count} ${count === 1 ? 'notice' : 'notices'} while ${route} was quiet`;
  await sendNotice({
    route,
    key: `${workflowId}/${runId}/${historyLength}`,
    notice: {
      topic: 'digest',
      account: first.account,
      stackId: null,
      runId: null,
      state: null,
      url: null,
      text: [head, ...(more > 0 ? [`… and ${more} before these`] : []), ...lines].join('\n'),
      executionId: workflowId,
      traceId: first.traceId,
    },
  });
}
