/** Reads every delivery of every inbox by the operator API, as an operator would. */
import type { KeptDelivery } from './history.ts';

export type InboxReader = {
  /** How many deliveries there are of each status. */
  readonly count: () => Promise<Readonly<Record<string, number>>>;
  readonly readAll: () => Promise<readonly KeptDelivery[]>;
};

type CountsPage = {
  readonly total: Readonly<Record<string, number>>;
  readonly inboxes: readonly { readonly inbox: string }[];
  readonly nextCursor: string | null;
};

type DeliveriesPage = {
  readonly deliveries: readonly Omit<KeptDelivery, 'inbox'>[];
  readonly nextCursor: number | null;
};

const ANSWER_WITHIN_MS = 20_000;
const PAGE_DELIVERIES = 200;

export function createInboxReader(edgeUrl: string, operatorToken: string): InboxReader {
  async function ask<Answer>(path: string, query: Record<string, string>): Promise<Answer> {
    const answer = await fetch(`${edgeUrl}/inbox${path}?${new URLSearchParams(query)}`, {
      headers: { Authorization: `Bearer ${operatorToken}` },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (!answer.ok)
      throw new Error(
        `Cannot read the inboxes: status is ${answer.status} (${await answer.text()})`,
      );
    return (await answer.json()) as Answer;
  }

  async function countPages(): Promise<readonly CountsPage[]> {
    const pages: CountsPage[] = [];
    let cursor: string | null = null;
    do {
      const page: CountsPage = await ask('/counts', cursor === null ? {} : { cursor });
      pages.push(page);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return pages;
  }

  async function readInbox(inbox: string): Promise<readonly KeptDelivery[]> {
    const kept: KeptDelivery[] = [];
    let cursor: number | null = null;
    do {
      const page: DeliveriesPage = await ask('', {
        inbox,
        limit: String(PAGE_DELIVERIES),
        ...(cursor !== null && { cursor: String(cursor) }),
      });
      for (const { key, seq, status, verdict, reason, lastError, attempts } of page.deliveries)
        kept.push({ inbox, key, seq, status, verdict, reason, lastError, attempts });
      cursor = page.nextCursor;
    } while (cursor !== null);
    return kept;
  }

  return {
    async count() {
      const total: Record<string, number> = {};
      for (const page of await countPages())
        for (const [status, count] of Object.entries(page.total))
          total[status] = (total[status] ?? 0) + count;
      return total;
    },
    async readAll() {
      const inboxes = (await countPages()).flatMap((page) => page.inboxes);
      const kept: KeptDelivery[] = [];
      for (const { inbox } of inboxes) kept.push(...(await readInbox(inbox)));
      return kept;
    },
  };
}
