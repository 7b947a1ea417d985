/**
 * PagerDuty by Events API v2: a failed run opens an incident under a key of its stack, a later run that completes resolves
 * it. By the key PagerDuty takes an event twice as once. Whatever else is sent opens an incident of its own, which
 * nobody but a person resolves.
 */
import * as v from 'valibot';
import type { Notice } from '../../shared/workflow/notice-messages.ts';
import { strictFetch } from './answers.ts';
import { defineNotifier, readSecret, RouteFault, type Sending } from './definition.ts';
import { digestOf } from './digest-of.ts';
import { laterRun } from './standing.ts';
import { cut, toLine } from './text.ts';

/** By PagerDuty's documentation, in characters. */
const SUMMARY_LIMIT = 1024;
const ROUTING_KEY = /^[0-9a-zA-Z]{32}$/;

export const pagerduty = defineNotifier({
  name: 'pagerduty',
  options: v.object({
    /** Integration key of a service's Events API v2. */
    routingKeyFrom: v.string(),
    severity: v.optional(v.picklist(['critical', 'error', 'warning', 'info']), 'error'),
    /** `https://events.eu.pagerduty.com` for accounts in the EU. */
    apiUrl: v.optional(v.pipe(v.string(), v.url()), 'https://events.pagerduty.com'),
  }),
  deduplicates: true,
  isRecord: true,
  create({ routingKeyFrom, severity, apiUrl }, context) {
    const routingKey = readSecret(context, 'routingKeyFrom', routingKeyFrom);
    if (!ROUTING_KEY.test(routingKey))
      throw new RouteFault(
        'routingKeyFrom',
        `environment variable ${routingKeyFrom} holds no key of 32 letters and digits`,
      );
    const post = strictFetch(context.fetch);
    const enqueue = async (event: object) => {
      await post(`${apiUrl.replace(/\/+$/, '')}/v2/enqueue`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ routing_key: routingKey, ...event }),
      });
      return { outcome: 'sent' } as const;
    };
    return {
      async send(sending) {
        const { notice, key } = sending;
        const action = actionOf(notice);
        if (action === null) return { outcome: 'muted' };
        const later = action.isOfStack ? await laterRun(notice, context) : null;
        if (later?.type === action.overtakenBy) return { outcome: 'stale' };
        const dedupKey = action.isOfStack
          ? `spacelift/${digestOf(`${notice.account}/${notice.stackId}`)}`
          : `spacelift/notice/${digestOf(key)}`;
        if (action.does === 'resolve')
          return enqueue({ event_action: 'resolve', dedup_key: dedupKey });
        return enqueue({
          event_action: 'trigger',
          dedup_key: dedupKey,
          ...describe(sending, severity),
        });
      },
    };
  },
});

type Action = {
  readonly does: 'trigger' | 'resolve';
  /** What a later run may have come to that makes this one's word worth nothing. */
  readonly overtakenBy: 'completed' | 'failed' | null;
  readonly isOfStack: boolean;
};

const OPEN: Action = { does: 'trigger', overtakenBy: 'completed', isOfStack: true };
const RESOLVE: Action = { does: 'resolve', overtakenBy: 'failed', isOfStack: true };
const OTHER: Action = { does: 'trigger', overtakenBy: null, isOfStack: false };

/** A stack's incident is about its tracked runs: a proposed run that fails breaks nothing. */
function actionOf({ topic, runType, stackId }: Notice): Action | null {
  const isTracked = stackId !== null && (runType ?? 'TRACKED') === 'TRACKED';
  switch (topic) {
    case 'run-failed':
      return isTracked ? OPEN : OTHER;
    case 'stack-failed':
      return OPEN;
    case 'run-completed':
      return isTracked ? RESOLVE : null;
    case 'stack-completed':
      return RESOLVE;
    case 'run-progressed':
    case 'run-ended':
    case 'webhook-enabled':
    case 'module-version':
    case 'audit':
      return null;
    case 'run-waiting':
    case 'loop-refused':
    case 'propagation-refused':
    case 'intent-in-doubt':
    case 'extra-run':
    case 'internal-error':
    case 'module-version-failed':
    case 'webhook-disabled':
    case 'digest':
      return OTHER;
  }
}

function describe({ notice, write, links }: Sending, severity: string) {
  const { account, stackId, runId, state, topic, branch, commit, labels } = notice;
  const link = (text: string, href: string | null) => (href === null ? [] : [{ href, text }]);
  return {
    client: 'spacelift-temporal',
    ...(links.execution !== null && { client_url: links.execution }),
    links: [
      ...link('Run in Spacelift', links.run),
      ...link('Execution in Temporal', links.execution),
    ],
    payload: {
      summary: cut(toLine(write((text) => text)), SUMMARY_LIMIT) || topic,
      source: cut(toLine(`${account}/${stackId ?? ''}`), SUMMARY_LIMIT),
      severity,
      component: cut(toLine(stackId ?? account), SUMMARY_LIMIT),
      class: topic,
      custom_details: { account, stackId, runId, state, branch, commit, labels },
    },
  };
}
