/** The activities that tell people, each through a route: a notifier, configured and named by the reactions file. */
import { ApplicationFailure, log, metricMeter } from '@temporalio/activity';
import type {
  Notice,
  NoticeActivities,
  SendAnswer,
  SendRequest,
} from '../workflow/notice-messages.ts';

export type Route = {
  readonly name: string;
  /** Whether it gets the notices of executions that know no rules. */
  readonly isDefault: boolean;
  /** May be asked again for the same key: after a crash, nobody knows whether it was sent. Throws {@link SendFailure}. */
  readonly send: (request: Omit<SendRequest, 'route'>) => Promise<SendAnswer>;
};

/** `reason` reaches logs and histories, so it holds no address, secret or answer of the outlet's beyond its code. */
export class SendFailure extends Error {
  override readonly name = 'SendFailure';
  readonly reason: string;
  /** True when the same will be refused again. */
  readonly isFinal: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(reason: string, isFinal: boolean, retryAfterMs?: number) {
    super(`Cannot send: ${reason}`);
    this.reason = reason;
    this.isFinal = isFinal;
    this.retryAfterMs = retryAfterMs;
  }
}

export const createNoticeActivities = (routes: readonly Route[]): NoticeActivities => ({
  async notify(notice) {
    const defaults = routes.filter(({ isDefault }) => isDefault);
    const settled = await Promise.allSettled(
      defaults.map(async (route) => route.send({ notice, key: keyOfNotice(notice) })),
    );
    for (const [index, { name }] of defaults.entries()) {
      const answer = settled[index];
      count(name, answer?.status === 'fulfilled' ? answer.value.outcome : 'failed');
    }
    const failed = defaults.filter((_, index) => settled[index]?.status === 'rejected');
    if (failed.length === 0) return;
    const names = failed.map(({ name }) => name).join(', ');
    log.warn('routes failed', { routes: names, topic: notice.topic });
    throw ApplicationFailure.create({
      message: `Cannot notify through ${names}`,
      type: 'notifier-failed',
    });
  },

  async sendNotice({ route: name, ...request }) {
    const route = routes.find((known) => known.name === name);
    if (route === undefined) throw failureOf(name, new SendFailure('no such route', true));
    try {
      const answer = await route.send(request);
      count(name, answer.outcome);
      return answer;
    } catch (error) {
      count(name, 'failed');
      throw failureOf(name, error);
    }
  },
});

/** Of executions that know no rules: once per state and reminder. */
export const keyOfNotice = ({
  executionId,
  topic,
  state,
  stateVersion,
  reminder,
}: Notice): string =>
  [executionId, topic, state ?? '', stateVersion ?? '', reminder ?? 0].join('/');

const count = (route: string, outcome: string) =>
  metricMeter
    .createCounter('spacelift_notices', '1', 'notices by outcome')
    .add(1, { route, outcome });

/** Of a failure that nobody has classed only its name is told: its message may hold an address with a secret in it. */
function failureOf(route: string, error: unknown): ApplicationFailure {
  const failure =
    error instanceof SendFailure
      ? error
      : new SendFailure(error instanceof Error ? error.name : 'unknown failure', false);
  const { reason, isFinal, retryAfterMs } = failure;
  return ApplicationFailure.create({
    message: `Cannot send to ${route}: ${reason}`,
    type: 'notice-not-sent',
    nonRetryable: isFinal,
    ...(retryAfterMs !== undefined && { nextRetryDelay: retryAfterMs }),
  });
}
