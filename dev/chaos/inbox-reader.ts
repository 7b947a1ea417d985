/** Reads every delivery of every inbox by the operator API, as an operator would. */
import type { KeptDelivery } from './history.ts';

export type InboxReader = {
  /** How many deliveries are not forwarded yet. */
  readonly countPending: () => Promise<number>;
  readonly readAll: () => Promise<readonly KeptDelivery[]>;
};

/** A page may be empty and yet not the last. */
type Page = { readonly nextCursor: string | null };
type CountsPage = Page & { readonly total: { readonly pending: number } };
type DeliveriesPage = Page & { readonly deliveries: readonly KeptDelivery[] };

const ANSWER_WITHIN_MS = 20_000;

/** The most that the operator API gives at once. */
const DELIVERIES_PER_PAGE = 200;

export function createInboxReader(edgeUrl: string, operatorToken: string): InboxReader {
  async function readPages<Answer extends Page>(path: string, query: Record<string, string>) {
    const pages: Answer[] = [];
    let cursor: string | null = null;
    do {
      const search = new URLSearchParams({ ...query, ...(cursor !== null && { cursor }) });
      const answer = await fetch(`${edgeUrl}${path}?${search}`, {
        headers: { Authorization: `Bearer ${operatorToken}` },
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      if (!answer.ok) throw new Error(`Cannot read the inboxes: status is ${answer.status}`);
      const page = (await answer.json()) as Answer;
      pages.push(page);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return pages;
  }

  return {
    async countPending() {
      const pages = await readPages<CountsPage>('/inbox/counts', {});
      return pages.reduce((sum, { total }) => sum + total.pending, 0);
    },
    async readAll() {
      const limit = String(DELIVERIES_PER_PAGE);
      const pages = await readPages<DeliveriesPage>('/inbox', { limit });
      return pages.flatMap(({ deliveries }) =>
        deliveries.map(
          ({ inbox, key, seq, status, verdict, reason, lastError, attempts }): KeptDelivery => {
            return { inbox, key, seq, status, verdict, reason, lastError, attempts };
          },
        ),
      );
    },
  };
}
