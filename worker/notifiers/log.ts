/**
 * Tells people through the log: the notifier that needs no configuration. Past the SDK's own logger, which keeps lines for
 * a tenth of a second: a worker that died meanwhile would have told Temporal of a notice that nobody got.
 */
import * as v from 'valibot';
import { defineNotifier } from './definition.ts';

export const logNotifier = defineNotifier({
  name: 'log',
  options: v.object({}),
  deduplicates: false,
  create: (_, { log }) => ({
    async send({ notice, key, write }) {
      log.warn({ ...notice, key, text: write((text) => text) }, 'notice');
      return { outcome: 'sent' };
    },
  }),
});
