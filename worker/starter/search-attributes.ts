/**
 * Which of our search attributes the namespace has registered, after creating those that it lacks if it lets us. Asked
 * until known, then kept: an unregistered one in a start would turn a slip in the set-up into events that never arrive.
 * Absence and refusal are warnings; executions start without.
 */
import { type Client, isGrpcServiceError } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../shared/contract/names.ts';
import type { Log } from '../log.ts';

/** Asked again after this long while the answer is missing or incomplete, so that registering needs no restart. */
const ASK_AGAIN_MS = 60_000;

/** The same after creating some: servers look only every so often whether a namespace has changed. */
const CREATED_MS = 15_000;

/** `INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API. */
const KEYWORD_TYPE = 2;

const OURS: readonly string[] = Object.values(SEARCH_ATTRIBUTES);

export type RegisteredAttributesDeps = {
  readonly client: Client;
  /** False leaves the namespace as it is. */
  readonly mayCreate: boolean;
  readonly now: () => number;
  readonly log: Log;
};

export function createRegisteredAttributes({
  client,
  mayCreate,
  now,
  log,
}: RegisteredAttributesDeps): () => Promise<readonly string[]> {
  const { namespace } = client.options;
  const { operatorService } = client.connection;
  let known: readonly string[] = [];
  let asked: Promise<void> | null = null;
  let askAgainAt = 0;
  let isCreating = mayCreate;

  async function ask(): Promise<void> {
    try {
      const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
      known = OURS.filter((name) => Object.hasOwn(customAttributes, name));
      const missing = OURS.filter((name) => !known.includes(name));
      const areCreated = missing.length > 0 && isCreating && (await create(missing));
      if (missing.length > 0 && !areCreated)
        log.warn(
          { missing: missing.join(', '), command: commandFor(missing, namespace) },
          'search attributes missing',
        );
      askAgainAt = now() + (areCreated ? CREATED_MS : ASK_AGAIN_MS);
    } catch {
      log.warn('search attributes not known yet: Temporal did not answer');
    } finally {
      asked = null;
    }
  }

  /** Tried until the server has answered once: what it refuses now it refuses in a minute. */
  async function create(missing: readonly string[]): Promise<boolean> {
    isCreating = false;
    try {
      await operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD_TYPE])),
      });
      log.info({ created: missing.join(', ') }, 'search attributes created');
      return true;
    } catch (error) {
      const reason = isGrpcServiceError(error) ? error.details : String(error);
      log.warn({ reason }, 'search attributes could not be created');
      return false;
    }
  }

  return async () => {
    if (known.length === OURS.length || now() < askAgainAt) return known;
    await (asked ??= ask());
    return known;
  };
}

/** One attribute a command: with several `--name` only the first may be created. */
const commandFor = (missing: readonly string[], namespace: string): string =>
  missing
    .map(
      (name) =>
        `temporal operator search-attribute create --namespace ${namespace} --type Keyword --name ${name}`,
    )
    .join(' && ');
