/** The inbox port on Durable Objects: finds the object by the inbox's name and calls it, once more if that may help. */
import { cut, gzip } from '../gzip.ts';
import type { Inbox } from '../inbox.ts';
import { directoryOf, type InboxDirectory } from './inbox-directory.ts';
import type { InboxObject } from './inbox-object.ts';
import { CHUNK_BYTES } from './inbox-schema.ts';

export type InboxBindings = {
  readonly INBOX: DurableObjectNamespace<InboxObject>;
  readonly INBOX_DIRECTORY: DurableObjectNamespace<InboxDirectory>;
};

export function createInbox({ INBOX, INBOX_DIRECTORY }: InboxBindings): Inbox {
  return {
    async accept(delivery, body) {
      const chunks = cut(await gzip(body), CHUNK_BYTES);
      const { inbox, ...kept } = delivery;
      const stored = { ...kept, chunks, bodyBytes: body.byteLength };
      return withFreshStub(() => INBOX.getByName(inbox).accept(inbox, stored));
    },
    list: async (inbox, query) => INBOX.getByName(inbox).list(query),
    show: async (inbox, deliveryId) => INBOX.getByName(inbox).show(deliveryId),
    count: async (inbox) => INBOX.getByName(inbox).count(),
    names: async (limit, cursor) => directoryOf(INBOX_DIRECTORY).names(limit, cursor),
  };
}

/** A stub is broken for good after an error, and an overloaded object must not be asked again at once. */
async function withFreshStub<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!mayRetry(error)) throw error;
    return call();
  }
}

const mayRetry = (error: unknown): boolean =>
  error instanceof Error &&
  'retryable' in error &&
  error.retryable === true &&
  !('overloaded' in error && error.overloaded === true);
