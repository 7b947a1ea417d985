/** Every notifier there is, one row each; which of them speak is configuration's business. */
import type { Notifier } from '../../shared/activities/notice-activities.ts';
import type { Log } from '../log.ts';
import { createLogNotifier } from './log.ts';

export const createNotifiers = (log: Pick<Log, 'warn'>): readonly Notifier[] => [
  createLogNotifier(log),
];
