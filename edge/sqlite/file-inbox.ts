/**
 * The inbox port on a folder of SQLite files, one for each inbox: for Node, Bun and Deno. One process owns the folder.
 * Reading about an inbox that is not there makes none.
 */
import { setImmediate } from 'node:timers/promises';
import { packBody, unpackBody } from '../inbox/gzip.ts';
import type { Inbox, InboxCounts } from '../inbox/inbox.ts';
import { openDirectory } from './directory.ts';
import { InboxFile, type InboxFileDeps } from './inbox-file.ts';
import { createOpenFiles, type OpenFiles } from './open-files.ts';
import { createSlots } from './slots.ts';

/** Each open file takes two descriptors, of 1024 that a process commonly has, and up to 2 MB of memory. */
const OPEN_FILES = 200;

/** As many connections as an object has on Workers; the starter is not meant to see more from here either. */
const BATCHES_AT_ONCE = 6;

const EMPTY: InboxCounts = {
  pending: 0,
  delivered: 0,
  parked: 0,
  unparsed: 0,
  oldestPendingAt: null,
  outage: null,
};

export type FileInboxDeps = Omit<InboxFileDeps, 'files' | 'turn'> & {
  readonly folder: string;
  readonly files?: OpenFiles;
};

export type FileInbox = Inbox & {
  /** Wakes every inbox, so that nothing kept before waits for a next delivery. */
  readonly wake: () => Promise<void>;
  /** Lets the batches end that are on their way, then closes all files. */
  readonly close: () => Promise<void>;
};

/** Throws when the folder cannot be had. */
export function createFileInbox({ folder, ...deps }: FileInboxDeps): FileInbox {
  const directory = openDirectory(folder);
  const files = deps.files ?? createOpenFiles(OPEN_FILES);
  const slots = createSlots(BATCHES_AT_ONCE);
  const inboxes = new Map<string, InboxFile>();
  let isClosing = false;
  const fileDeps: InboxFileDeps = {
    ...deps,
    files,
    forward: (batch) => slots.use(() => deps.forward(batch)),
    turn: createTurns(),
  };

  function at(name: string, path: string): InboxFile {
    const known = inboxes.get(name);
    if (known !== undefined) return known;
    const made = new InboxFile(name, path, fileDeps);
    inboxes.set(name, made);
    return made;
  }

  function known(name: string): InboxFile | null {
    const path = directory.pathOf(name);
    return path === null ? null : at(name, path);
  }

  return {
    async accept({ inbox, ...kept }, body) {
      const stored = { ...kept, ...(await packBody(body)), bodyBytes: body.length };
      return at(inbox, directory.register(inbox)).accept(stored);
    },
    list: async (inbox, query) => known(inbox)?.list(query) ?? [],
    show: async (inbox, deliveryId) => known(inbox)?.show(deliveryId) ?? null,
    async body(inbox, deliveryId) {
      const packed = known(inbox)?.body(deliveryId) ?? null;
      return packed && unpackBody(packed);
    },
    count: async (inbox) => known(inbox)?.count() ?? EMPTY,
    names: async (limit, cursor) => directory.names(limit, cursor),
    redeliver: async (inbox, deliveryIds) => known(inbox)?.redeliver(deliveryIds) ?? [],
    remove: async (inbox, key) => known(inbox)?.remove(key),
    async wake() {
      for (const name of directory.all()) {
        if (isClosing) return;
        await known(name)?.wake();
      }
    },
    async close() {
      isClosing = true;
      for (const file of inboxes.values()) file.stop();
      await slots.close();
      // The answers of the last batches are still to be written down.
      await setImmediate();
      files.end();
      directory.close();
    },
  };
}

/** One after another, with a look at what else there is between each two. */
function createTurns(): () => Promise<void> {
  let last = Promise.resolve();
  return () => (last = last.then(() => setImmediate()));
}
