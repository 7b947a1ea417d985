/** The one JSON shape of every answer that is not a success, made from the contract's table of refusals. */
import type { Context } from 'hono';
import { REFUSALS, type RefusalReason } from '../shared/contract/refusals.ts';

/** The statuses in the table, whose own type is any number. */
type RefusalStatus = 400 | 401 | 404 | 405 | 413 | 503;

/** Forgeries look alike outside, in word as in status; the log has the exact fault. */
const publicReason = (reason: RefusalReason): RefusalReason =>
  REFUSALS[reason] === REFUSALS['signature-wrong'] ? 'signature-wrong' : reason;

/** Answers with the refusal's status; `detail` names what was wrong with the query, never a value. */
export function refuse(c: Context, reason: RefusalReason, detail?: string) {
  const { status, message } = REFUSALS[reason];
  return c.json(
    {
      error: publicReason(reason),
      message: detail === undefined ? message : `${message}: ${detail}`,
    },
    status as RefusalStatus,
  );
}
