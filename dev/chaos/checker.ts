/**
 * Decides from a recorded history whether the promises were kept. Pure. Knows nothing of how the history came about, and
 * trusts no part's word on itself: what was sent and made is Spacelift's, what was handled is in Temporal's own histories,
 * and who was told is what came out.
 */
import {
  checkAcknowledged,
  checkEnough,
  checkHandled,
  checkKept,
  checkOrder,
  checkRefused,
} from './check-deliveries.ts';
import { checkExecutions, checkFollowed, checkOnce } from './check-executions.ts';
import { checkDecisions, checkIntents, checkOwners, checkReported } from './check-intents.ts';
import { checkNotices } from './check-notices.ts';
import type { ChaosHistory } from './history.ts';
import { createLedger, type Ledger } from './ledger.ts';
import type { Violation } from './violation.ts';

type Check = (ledger: Ledger) => readonly Violation[];

/** In the order of a delivery's way, so that the first violation is the one nearest to the cause. */
const CHECKS: readonly Check[] = [
  checkRefused,
  checkAcknowledged,
  checkKept,
  checkHandled,
  checkFollowed,
  checkExecutions,
  checkOnce,
  checkOrder,
  checkIntents,
  checkOwners,
  checkReported,
  checkDecisions,
  checkNotices,
  checkEnough,
];

/** Every violation; none means that the promises were kept. */
export function checkHistory(history: ChaosHistory): readonly Violation[] {
  const ledger = createLedger(history);
  return CHECKS.flatMap((check) => check(ledger));
}
