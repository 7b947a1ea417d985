/**
 * Which of our search attributes the namespace has registered. Asked until known, then kept: an unregistered one in a
 * start would turn a slip in the set-up into events that never arrive.
 */
import type { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../shared/contract/names.ts';
import type { Log } from '../log.ts';

/** Asked again after this long while the answer is missing or incomplete, so that registering needs no restart. */
const ASK_AGAIN_MS = 60_000;

export function createRegisteredAttributes(
  client: Client,
  now: () => number,
  log: Log,
): () => Promise<readonly string[]> {
  const ours = Object.values(SEARCH_ATTRIBUTES);
  let known: readonly string[] = [];
  let asked: Promise<void> | null = null;
  let askAgainAt = 0;

  async function ask(): Promise<void> {
    try {
      const { customAttributes } = await client.connection.operatorService.listSearchAttributes({
        namespace: client.options.namespace,
      });
      known = ours.filter((name) => Object.hasOwn(customAttributes, name));
      const missing = ours.filter((name) => !known.includes(name));
      if (missing.length > 0)
        log.warn({ missing: missing.join(', ') }, 'search attributes missing');
      askAgainAt = now() + ASK_AGAIN_MS;
    } catch {
      log.warn('search attributes not known yet: Temporal did not answer');
    } finally {
      asked = null;
    }
  }

  return async () => {
    if (known.length === ours.length || now() < askAgainAt) return known;
    await (asked ??= ask());
    return known;
  };
}
