/** The activity that tells people, through every notifier of the registry. */
import { ApplicationFailure, log, metricMeter } from '@temporalio/activity';
import type { Notice, NoticeActivities } from '../workflow/ports.ts';

/** An outlet for notices. Must be idempotent where the outlet allows it: a notice may be sent again after a crash. */
export type Notifier = {
  readonly name: string;
  readonly notify: (notice: Notice) => Promise<void>;
};

export const createNoticeActivities = (notifiers: readonly Notifier[]): NoticeActivities => ({
  async notify(notice) {
    const settled = await Promise.allSettled(
      notifiers.map(async (notifier) => notifier.notify(notice)),
    );
    const counter = metricMeter.createCounter('spacelift_notices', '1', 'notices by outcome');
    const failed = notifiers.filter((_, index) => settled[index]?.status === 'rejected');
    for (const notifier of notifiers) {
      const outcome = failed.includes(notifier) ? 'failed' : 'sent';
      counter.add(1, { notifier: notifier.name, outcome });
    }
    if (failed.length === 0) return;
    const names = failed.map(({ name }) => name).join(', ');
    log.warn('notifiers failed', { notifiers: names, topic: notice.topic });
    throw ApplicationFailure.create({
      message: `Cannot notify through ${names}`,
      type: 'notifier-failed',
    });
  },
});
