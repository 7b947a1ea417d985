/** Spacelift's units and addresses: seconds in payloads and the API, nanoseconds in policy inputs. */
import type { Run } from './model.ts';

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

/** Any odd number; it only has to fill the digits below a millisecond with something other than zeros. */
const DIGITS_FACTOR = 7919n;

export const toSeconds = (ms: number): number => Math.floor(ms / 1000);

export const durationToNanoseconds = (ms: number): bigint =>
  BigInt(ms) * NANOSECONDS_PER_MILLISECOND;

/** The same instant always gives the same nanoseconds, and none that a double could carry. */
export const toNanoseconds = (ms: number): bigint =>
  durationToNanoseconds(ms) + (((BigInt(ms) * DIGITS_FACTOR) % NANOSECONDS_PER_MILLISECOND) | 1n);

export const stackUrlOf = (accountUrl: string, stackId: string): string =>
  `${accountUrl}/stack/${stackId}`;

export const runUrlOf = (accountUrl: string, run: Pick<Run, 'id' | 'stackId'>): string =>
  `${stackUrlOf(accountUrl, run.stackId)}/run/${run.id}`;
