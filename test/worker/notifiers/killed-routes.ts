/** A reactions file with an outlet that takes a key, and one that does not. */
import { defineReactions } from '../../../worker/reactions/define.ts';

export default defineReactions({
  routes: {
    keyed: { to: 'webhook', urlFrom: 'KEYED_URL', secretFrom: 'KEYED_SECRET' },
    plain: { to: 'slack-webhook', urlFrom: 'PLAIN_URL' },
  },
  rules: [{ id: 'tell', on: 'failed', do: { notify: ['keyed', 'plain'] } }],
});
