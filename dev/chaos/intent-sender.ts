/**
 * Sends intents as somebody's pipeline would: signed, under a key of their own, and again until the edge has said that it
 * has them. Each try is kept for the checker.
 */
import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { intentExecutionId } from '../../shared/contract/ids.ts';
import { SIGNATURE_HEADER } from '../../shared/contract/spacelift-signature.ts';
import { webhookUrl } from '../launcher/edge-client.ts';
import type { PlannedIntent } from './bursts.ts';
import type { SentIntent } from './history.ts';
import { UNKNOWN_STACK } from './surroundings.ts';

export type IntentSender = {
  readonly send: (intents: readonly PlannedIntent[]) => void;
  readonly sent: () => readonly SentIntent[];
  /** How many are not yet acknowledged in every copy. */
  readonly countUnsent: () => number;
};

export type IntentSenderDeps = {
  readonly edgeUrl: string;
  readonly secret: string;
  readonly account: string;
  /** Aborted when the time is over: nothing is sent any more. */
  readonly signal: AbortSignal;
};

const ANSWER_WITHIN_MS = 5000;
const AGAIN_MS = 500;

/** Of the webhook that may ask for runs. */
const WEBHOOK = 'intents';

type Tries = { at: number; status: number | null }[];

export function createIntentSender(deps: IntentSenderDeps): IntentSender {
  const { account, signal } = deps;
  const sent: SentIntent[] = [];
  let unsent = 0;

  async function sendCopy(body: string, tries: Tries): Promise<void> {
    unsent += 1;
    while (!signal.aborted) {
      const at = Date.now();
      const status = await post(body, deps);
      tries.push({ at, status });
      // A refusal is final, and the checker's business.
      if (status !== null && status < 500) break;
      await sleep(AGAIN_MS);
    }
    unsent -= 1;
  }

  return {
    send(intents) {
      for (const intent of intents) {
        const { stackId, runType, command, maximumAttempts, idempotencyKey } = intent;
        const tries: Tries = [];
        const key = `key.${idempotencyKey}`;
        sent.push({
          key: `intent/${account}/${stackId}/${key}`,
          executionId: intentExecutionId(account, stackId, key),
          stack: stackId,
          runType,
          command,
          maximumAttempts,
          mustEnd: stackId === UNKNOWN_STACK ? 'not-triggered' : null,
          tries,
        });
        const body = bodyOf(intent);
        for (let copy = 0; copy < intent.copies; copy += 1) void sendCopy(body, tries);
      }
    },
    sent: () => sent,
    countUnsent: () => unsent,
  };
}

const bodyOf = (intent: PlannedIntent): string =>
  JSON.stringify({
    event_type: 'triggered',
    stack_id: intent.stackId,
    idempotency_key: intent.idempotencyKey,
    run_type: intent.runType,
    ...(intent.command !== null && { command: intent.command }),
    ...(intent.commit !== null && { commit_sha: intent.commit }),
    retry: { maximum_attempts: intent.maximumAttempts },
  });

/** The status of the answer; null without one. */
async function post(body: string, { edgeUrl, secret }: IntentSenderDeps): Promise<number | null> {
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  try {
    const answer = await fetch(webhookUrl(edgeUrl, WEBHOOK), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', [SIGNATURE_HEADER]: `sha256=${signature}` },
      body,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return null;
  }
}
