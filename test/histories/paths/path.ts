/** What a path through the workflows is, to the recorder: a name, and how to bring it about. */
import type { Stage } from './stage.ts';

export const KINDS = [
  'run',
  'intent',
  'lane',
  'event',
  'sweep',
  'propagation',
  'registry',
  'digest',
] as const;

type Kind = (typeof KINDS)[number];

/**
 * Ids of the executions that went along it, each under the word its file begins with; the recorder waits until all of
 * them have closed. The file of `intent` of path `completes` is `intent-completes.json`.
 */
export type Kept = Readonly<Partial<Record<Kind, string>>>;

export type Path = {
  /** Also the id of the stack it has to itself. */
  readonly name: string;
  /** How they must have ended, so that nothing else is recorded: an outcome, or Temporal's status without a result. */
  readonly ends: Readonly<Partial<Record<Kind, string>>>;
  /** Returns as soon as nothing more has to be done for it. */
  readonly bring: (stage: Stage, stackId: string) => Promise<Kept>;
};
