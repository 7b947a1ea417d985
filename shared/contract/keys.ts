/**
 * Delivery keys: Spacelift sends no delivery id, so what makes two deliveries the same event must come from the body.
 * The same event told by two payload families has two keys; the workflow, not the inbox, tells those apart.
 */
import type { SpaceliftEvent } from './events.ts';
import { toHex, utf8 } from './hmac.ts';

/** Identical intents without an idempotency key, and identical internal errors, are one within this time. */
export const REPEAT_WINDOW_MS = 10 * 60 * 1000;

/** 96 bits of SHA-256 in hex: enough that chance does not repeat within one stack. */
const HASH_LENGTH = 24;

type BodyFacts = { readonly bodyHash: string; readonly receivedAt: number };

export type DeliveryKey = {
  readonly key: string;
  /** The same body's key of the window before; a row under it younger than the window is a duplicate too. */
  readonly earlierKey: string | null;
};

const windowOf = (receivedAt: number) => Math.floor(receivedAt / REPEAT_WINDOW_MS);

const windowedKey = (bodyHash: string, window: number) =>
  `body.${bodyHash.slice(0, HASH_LENGTH)}.${window}`;

/** Anything but word characters, dot, colon and dash is written as `%xx` for each byte, so that any key fits into an id. */
const toIdText = (text: string) =>
  text.replaceAll(/[^A-Za-z0-9._:-]/gu, (char) => toHex(utf8(char)).replaceAll(/../g, '%$&'));

/** The sender's idempotency key as id text, or one made from the body and the window it arrived in. */
export const intentKeyOf = (idempotencyKey: string | null, facts: BodyFacts): string =>
  idempotencyKey === null || idempotencyKey === ''
    ? windowedKey(facts.bodyHash, windowOf(facts.receivedAt))
    : `key.${toIdText(idempotencyKey)}`;

/** Key of a parsed event; `receivedAt` in epoch ms, `bodyHash` as lower-case hex. */
export function deliveryKeyOf(event: SpaceliftEvent, facts: BodyFacts): DeliveryKey {
  const { account } = event;
  if (event.about === 'run') {
    const position =
      event.order === 'absent'
        ? `body.${facts.bodyHash.slice(0, HASH_LENGTH)}`
        : `${event.order}.${event.stateVersion}`;
    const key = `run/${account}/${event.runId}/${event.state}/${position}`;
    return { key, earlierKey: null };
  }
  if (event.about === 'intent')
    return repeatable(`intent/${account}/${event.stackId}`, event.key, facts);
  const window = windowedKey(facts.bodyHash, windowOf(facts.receivedAt));
  return repeatable(
    event.about === 'stack' ? `stack/${account}/${event.stackId}` : `account/${account}`,
    window,
    facts,
  );
}

/** Key of a body that could not be parsed. */
export const unparsedKeyOf = (facts: BodyFacts): DeliveryKey => ({
  key: `unparsed/${facts.bodyHash}`,
  earlierKey: null,
});

function repeatable(prefix: string, key: string, facts: BodyFacts): DeliveryKey {
  const window = windowOf(facts.receivedAt);
  const isWindowed = key === windowedKey(facts.bodyHash, window);
  return {
    key: `${prefix}/${key}`,
    earlierKey: isWindowed ? `${prefix}/${windowedKey(facts.bodyHash, window - 1)}` : null,
  };
}
