/** What is wanted of a run. Pure. */
import type { RunWish } from './messages.ts';

/** Whether either run would do for the other. */
export const isAlike = (one: RunWish, other: RunWish): boolean =>
  one.runType === other.runType &&
  one.commit === other.commit &&
  (one.command ?? null) === (other.command ?? null) &&
  (one.retryOf ?? null) === (other.retryOf ?? null);

/** An event has `undefined` where it says nothing. */
type LooseWish = { readonly [Field in keyof RunWish]: RunWish[Field] | undefined } & Pick<
  RunWish,
  'runType' | 'commit'
>;

/** The wish alone; what 0.1.0 did not know of is left out where there is none. */
export const wishOf = ({ runType, commit, command, retryOf }: LooseWish): RunWish => ({
  runType,
  commit,
  ...(isTold(command) && { command }),
  ...(isTold(retryOf) && { retryOf }),
});

const isTold = (text: string | null | undefined): text is string =>
  text !== null && text !== undefined;
