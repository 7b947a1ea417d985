/** Whether a delivery is sent at all, is tried again, and counts as a failure in the end. Decides only. */
import type { Switches } from '../switches.ts';

/** The documented number of automatic redeliveries. */
const TRIES = 3;

type TryFacts = {
  /** Of the last answer; null when none came. */
  readonly status: number | null;
  readonly triesMade: number;
  readonly retryOnFailure: boolean;
};

export function isTriedAgain(
  { status, triesMade, retryOnFailure }: TryFacts,
  switches: Pick<Switches, 'triesIncludeFirst' | 'retryNetworkErrors'>,
): boolean {
  const limit = switches.triesIncludeFirst ? TRIES : TRIES + 1;
  if (!retryOnFailure || triesMade >= limit) return false;
  return status === null ? switches.retryNetworkErrors : status >= 500;
}

export const isTooLong = (
  body: string,
  { payloadLimitBytes }: Pick<Switches, 'payloadLimitBytes'>,
): boolean => payloadLimitBytes !== null && Buffer.byteLength(body) > payloadLimitBytes;

export function isFailure(
  status: number | null,
  { failureStatuses }: Pick<Switches, 'failureStatuses'>,
): boolean {
  if (status === null) return true;
  return failureStatuses === '5xx' ? status >= 500 : status < 200 || status > 299;
}
