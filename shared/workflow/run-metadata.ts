/**
 * The text that goes with every run we make, and comes back in policy inputs: it names the intent. Anybody who may trigger
 * the stack can write the same, so what comes back is a hint and never a proof. Pure; activities and starter share it.
 */

const MARK = 'spacelift-temporal/';

/** As intents are keyed; a cause may follow behind a semicolon. */
const OURS = /^spacelift-temporal\/([A-Za-z0-9][A-Za-z0-9._:%-]{0,199})(;|$)/;

export const toRunMetadata = (key: string): string => `${MARK}${key}`;

/** Key of the intent that made the run; null where none of ours did. The last text is the latest. */
export function intentKeyOf(userMetadata: readonly string[]): string | null {
  const keys = userMetadata.flatMap((text) => OURS.exec(text)?.[1] ?? []);
  return keys.at(-1) ?? null;
}
