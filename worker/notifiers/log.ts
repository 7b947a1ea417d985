/**
 * Tells people through the log: the notifier that needs no configuration. Past the SDK's own logger, which keeps lines for
 * a tenth of a second: a worker that died meanwhile would have told Temporal of a notice that nobody got.
 */
import type { Notifier } from '../../shared/activities/notice-activities.ts';
import type { Log } from '../log.ts';

export const createLogNotifier = (log: Pick<Log, 'warn'>): Notifier => ({
  name: 'log',
  async notify(notice) {
    log.warn({ ...notice }, 'notice');
  },
});
