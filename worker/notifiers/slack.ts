/**
 * Slack by a bot token: one thread per run. The first notice of a run is the thread's parent; each further one is written
 * over it, so that the channel shows where the run is, and is a reply in the thread, which keeps what happened. Slack
 * knows no key for a message: one that was posted just before a crash is posted again.
 */
import { type ChatPostMessageArguments, ErrorCode, WebClient } from '@slack/web-api';
import * as v from 'valibot';
import { SendFailure } from '../../shared/activities/notice-activities.ts';
import { strictFetch, unwrapFailure } from './answers.ts';
import { defineNotifier, readSecret, type Sending } from './definition.ts';
import { toSlackMessage } from './slack-message.ts';

/** Errors of Slack's own that pass; any other will be said again. */
const PASSING: readonly string[] = [
  'ratelimited',
  'rate_limited',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
];

/** The parent cannot be written over any more, as when somebody deleted it. */
const GONE: readonly string[] = [
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
  'is_inactive',
];

/** Of a message: `<channel id>:<ts>`. */
const RECEIPT = /^([A-Z0-9]+):(\d+\.\d+)$/;

const SILENT = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  setName() {},
  getLevel: () => 'error' as never,
};

export const slack = defineNotifier({
  name: 'slack',
  options: v.object({
    /** Id or name of a channel that the bot is in. */
    channel: v.pipe(v.string(), v.regex(/^[#\w-]+$/)),
    tokenFrom: v.string(),
    apiUrl: v.optional(v.pipe(v.string(), v.url()), 'https://slack.com/api/'),
  }),
  deduplicates: false,
  create({ channel, tokenFrom, apiUrl }, context) {
    const client = new WebClient(readSecret(context, 'tokenFrom', tokenFrom), {
      slackApiUrl: apiUrl,
      fetch: strictFetch(context.fetch),
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      logger: SILENT,
      allowAbsoluteUrls: false,
    });
    return {
      async send(sending) {
        const parent = RECEIPT.exec(sending.receipt ?? '');
        if (parent === null) return post(client, channel, sending);
        const [receipt, at = '', ts = ''] = parent;
        if (!(await update(client, at, ts, sending))) return post(client, channel, sending);
        if (sending.notice.topic !== 'run-progressed')
          await say(client, { ...toSlackMessage(sending), channel: at, thread_ts: ts });
        return { outcome: 'sent', receipt };
      },
    };
  },
});

async function post(client: WebClient, channel: string, sending: Sending) {
  const posted = await say(client, { ...toSlackMessage(sending), channel });
  return { outcome: 'sent', receipt: `${posted.channel}:${posted.ts}` } as const;
}

/** False when the message is not there to be written over. */
async function update(client: WebClient, channel: string, ts: string, sending: Sending) {
  const { text, blocks } = toSlackMessage(sending);
  try {
    await client.chat.update({ channel, ts, text, blocks });
    return true;
  } catch (error) {
    if (GONE.includes(errorOf(error) ?? '')) return false;
    throw toFailure(error);
  }
}

const say = (client: WebClient, message: ChatPostMessageArguments) =>
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- Slack's method, not a window's
  client.chat.postMessage(message).catch((error: unknown) => {
    throw toFailure(error);
  });

function toFailure(error: unknown): unknown {
  const code = errorOf(error);
  if (code === null) return unwrapFailure(error);
  return new SendFailure(`Slack answers ${code}`, !PASSING.includes(code));
}

/** What Slack calls the error; null for one that is not Slack's. */
function errorOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || error.code !== ErrorCode.PlatformError)
    return null;
  const told = 'data' in error ? v.safeParse(PlatformSchema, error.data) : null;
  return told?.success === true ? told.output.error : 'an error';
}

const PlatformSchema = v.object({ error: v.pipe(v.string(), v.regex(/^[\w.-]{1,80}$/)) });
