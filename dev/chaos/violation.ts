/** What the checker says of a history. */

export type Rule =
  | 'refused'
  | 'acknowledged-not-kept'
  | 'kept-unsent'
  | 'kept-twice'
  | 'kept-not-delivered'
  | 'kept-not-handled'
  | 'handled-not-kept'
  | 'execution-unfounded'
  | 'execution-doubled'
  | 'execution-not-completed'
  | 'run-not-followed'
  | 'steps-differ'
  | 'result-differs'
  | 'done-differs'
  | 'order'
  | 'intent-lost'
  | 'intent-without-run'
  | 'intent-run-wrong'
  | 'run-shared'
  | 'run-swapped'
  | 'run-unreported'
  | 'run-extra'
  | 'decision-lost'
  | 'notice-missing'
  | 'notice-lost'
  | 'notice-doubled'
  | 'too-few';

export type Violation = {
  readonly rule: Rule;
  /** A sentence with the names in it. */
  readonly text: string;
  /** Of the delivery concerned, if it is about one. */
  readonly key: string | null;
};

export const violation = (rule: Rule, text: string, key: string | null = null): Violation => ({
  rule,
  text,
  key,
});
