/** The rules that a test's workers go by. */
import { checkReactions } from '../../worker/reactions/check.ts';
import type { Reactor } from '../../shared/activities/reaction-activities.ts';
import { createReactor } from '../../worker/reactions/reactor.ts';
import { ACCOUNT } from '../events.ts';

/** Of the simulator. */
const OWN_KEYS = [{ account: ACCOUNT, keyId: '01JSIMULATORKEY00000000000' }];

/** Without rules nothing is done but tell trouble to the log. Throws for a file that is not sound. */
export function reactorOf(
  rules: readonly object[] = [],
  routes: Readonly<Record<string, unknown>> = {},
  env: Readonly<Record<string, string>> = {},
): Reactor {
  const checked = checkReactions({ routes, rules });
  if (!checked.ok) throw new RangeError(checked.error.join('\n'));
  return createReactor(checked.value, OWN_KEYS, { env, fetch });
}
