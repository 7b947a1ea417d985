/**
 * What is done when a run waits, completes, fails or ends, and whom it is told: the file to make your own. Another one is
 * named by REACTIONS. docs/reactions.md says what a rule may hold; `npm run reactions -- check` whether this file is sound.
 */
import { defineReactions } from './reactions/define.ts';

export default defineReactions({
  routes: {
    log: { to: 'log', default: true },
  },
  rules: [
    { id: 'dependents', on: 'completed', do: { triggerDependents: true } },
    { id: 'tell-failed', on: 'failed', do: { notify: 'log' } },
    { id: 'tell-waiting', on: 'waiting', do: { notify: 'log' } },
  ],
});
