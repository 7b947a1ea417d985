/** Every notifier there is, one row each; which of them speak is configuration's business. */
import type { Notifier } from '../../shared/activities/notice-activities.ts';
import { createLogNotifier } from './log.ts';

export const createNotifiers = (): readonly Notifier[] => [createLogNotifier()];
