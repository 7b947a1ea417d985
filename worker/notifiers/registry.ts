/** Every notifier there is, one row each; which of them speak is configuration's business. */
import { github } from './github.ts';
import { logNotifier } from './log.ts';
import { mail } from './mail.ts';
import { pagerduty } from './pagerduty.ts';
import { slackWebhook } from './slack-webhook.ts';
import { slack } from './slack.ts';
import { teams } from './teams.ts';
import { webhook } from './webhook.ts';

export const NOTIFIERS = [
  logNotifier,
  slack,
  slackWebhook,
  teams,
  pagerduty,
  github,
  mail,
  webhook,
] as const;
