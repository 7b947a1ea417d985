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

const bodyKey = ({ bodyHash }: BodyFacts) => `body.${bodyHash.slice(0, HASH_LENGTH)}`;

/** `age` counts windows backwards from the one of the receipt. */
const windowedKey = (facts: BodyFacts, age: number) =>
  `${bodyKey(facts)}.${Math.floor(facts.receivedAt / REPEAT_WINDOW_MS) - age}`;

/** Anything but word characters, dot, colon and dash is written as `%xx` for each byte, so that any key fits into an id. */
const toIdText = (text: string) =>
  text.replaceAll(/[^A-Za-z0-9._:-]/gu, (char) => toHex(utf8(char)).replaceAll(/../g, '%$&'));

/** The sender's idempotency key as id text, or one made from the body and the window it arrived in. */
export const intentKeyOf = (idempotencyKey: string | null, facts: BodyFacts): string =>
  idempotencyKey === null || idempotencyKey === ''
    ? windowedKey(facts, 0)
    : `key.${toIdText(idempotencyKey)}`;

/** Key of a parsed event; `receivedAt` in epoch ms, `bodyHash` as lower-case hex. */
export function deliveryKeyOf(event: SpaceliftEvent, facts: BodyFacts): DeliveryKey {
  const window = windowedKey(facts, 0);
  const key = `${event.about}/${event.account}/${tailOf(event, facts, window)}`;
  // Nothing else ends so: what a sender calls an intent has no slash in it.
  const isWindowed = key.endsWith(`/${window}`);
  return {
    key,
    earlierKey: isWindowed ? key.slice(0, -window.length) + windowedKey(facts, 1) : null,
  };
}

function tailOf(event: SpaceliftEvent, facts: BodyFacts, window: string): string {
  switch (event.about) {
    case 'run': {
      const { order, stateVersion } = event;
      const position = order === 'absent' ? bodyKey(facts) : `${order}.${stateVersion}`;
      return `${event.runId}/${event.state}/${position}`;
    }
    case 'intent':
      return `${event.stackId}/${event.key}`;
    case 'stack':
      return `${event.stackId}/${window}`;
    case 'account':
      return window;
    case 'module':
      return `${event.moduleId}/${event.versionId}/${event.state}`;
    // Its time in milliseconds is part of the body, so the same body is the same entry, however late it comes again.
    case 'audit':
      return bodyKey(facts);
  }
}

/** Key of a body that could not be parsed. */
export const unparsedKeyOf = ({ bodyHash }: BodyFacts): DeliveryKey => ({
  key: `unparsed/${bodyHash}`,
  earlierKey: null,
});
