/** The inbox port on Durable Objects: finds the object by the inbox's name and calls it, once more if that may help. */
import { packBody, unpackBody } from '../inbox/gzip.ts';
import type { Inbox } from '../inbox/inbox.ts';
import { directoryOf, type InboxDirectory } from './inbox-directory.ts';
import type { InboxObject } from './inbox-object.ts';

export type InboxBindings = {
  readonly INBOX: DurableObjectNamespace<InboxObject>;
  readonly INBOX_DIRECTORY: DurableObjectNamespace<InboxDirectory>;
};

export function createObjectInbox({ INBOX, INBOX_DIRECTORY }: InboxBindings): Inbox {
  return {
    async accept({ inbox, ...kept }, body) {
      const stored = { ...kept, ...(await packBody(body)), bodyBytes: body.length };
      return withFreshStub(() => INBOX.getByName(inbox).accept(inbox, stored));
    },
    list: async (inbox, query) => INBOX.getByName(inbox).list(query),
    show: async (inbox, deliveryId) => INBOX.getByName(inbox).show(deliveryId),
    async body(inbox, deliveryId) {
      const packed = await INBOX.getByName(inbox).body(deliveryId);
      return packed && unpackBody(packed);
    },
    count: async (inbox) => INBOX.getByName(inbox).count(),
    names: async (limit, cursor) => directoryOf(INBOX_DIRECTORY).names(limit, cursor),
    redeliver: async (inbox, deliveryIds) => INBOX.getByName(inbox).redeliver(deliveryIds),
    remove: async (inbox, key) => INBOX.getByName(inbox).remove(key),
  };
}

/** A stub is broken for good after an error; an overloaded object must not be asked again at once. */
async function withFreshStub<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof Error && 'overloaded' in error && error.overloaded === true) throw error;
    return call();
  }
}
