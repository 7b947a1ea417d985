/** Every notifier there is, one row each; which of them speak is configuration's business. */
import { logNotifier } from './log.ts';

export const NOTIFIERS = [logNotifier] as const;
