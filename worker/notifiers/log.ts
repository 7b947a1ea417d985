/** Tells people through the log: the notifier that needs no configuration. */
import { log } from '@temporalio/activity';
import type { Notifier } from '../../shared/activities/notice-activities.ts';

export const createLogNotifier = (): Notifier => ({
  name: 'log',
  async notify(notice) {
    log.warn('notice', { ...notice });
  },
});
