/**
 * The types of the reactions file: what an editor completes, and what does not compile. What types cannot say, and files
 * that nobody compiled, are for schema.ts.
 */
import type { IntentRunType } from '../../shared/contract/events.ts';
import type { ReactionOn } from '../../shared/workflow/reactions.ts';
import type { RoutesInput } from '../notifiers/routes.ts';
import type { Duration } from './durations.ts';

type OneOrMore<T> = T | readonly T[];

/** Spacelift has more types of runs than we can make. */
type RunType = IntentRunType | 'TESTING' | (string & {});

/** `own-key`: an API key of ours; `other-key`: anybody else's; `api-key`: either. `vcs`: a push. `other`: a person, a policy, a schedule. */
export type Trigger = 'vcs' | 'api-key' | 'own-key' | 'other-key' | 'other';

/** All conditions must hold; of several values one must. Texts may be globs, and always mean the whole name. */
export type Where = {
  readonly account?: OneOrMore<string>;
  /** By id. */
  readonly stack?: OneOrMore<string>;
  /** One of the stack's. */
  readonly label?: OneOrMore<string>;
  /** Known of runs that were looked up; one that is not known matches nothing. */
  readonly space?: OneOrMore<string>;
  readonly branch?: OneOrMore<string>;
  readonly runType?: OneOrMore<RunType>;
  readonly state?: OneOrMore<string>;
  readonly drift?: boolean;
  readonly triggeredBy?: OneOrMore<Trigger>;
  /** Of trouble: `webhook-disabled`, `loop-refused` and so on. */
  readonly topic?: OneOrMore<string>;
};

export type TriggerStack = {
  readonly stack: string;
  readonly runType?: Exclude<IntentRunType, 'TASK'>;
  /** The commit of the run that is reacted to, or the stack's own. */
  readonly commit?: 'same' | 'tracked';
};

export type RetryRun = {
  /** Runs made in addition to the first. */
  readonly attempts: number;
  /** Wait before the first, and by how much each further one is longer. */
  readonly backoff?: {
    readonly first?: Duration;
    readonly factor?: number;
    readonly atMost?: Duration;
  };
  /** States in which the run failed, as in `['PREPARING', 'INITIALIZING']`; without it any. */
  readonly failedIn?: OneOrMore<string>;
};

/** Signed the Standard Webhooks way. */
export type CallWebhook = ({ readonly url: string } | { readonly urlFrom: string }) & {
  /** Name of the environment variable that holds the secret. */
  readonly secretFrom: string;
};

type Note = true | { readonly note: string };

type Deeds<Route extends string> = {
  /** Names of routes. */
  readonly notify?: OneOrMore<Route>;
  readonly triggerStack?: OneOrMore<TriggerStack>;
  readonly callWebhook?: CallWebhook;
};

/** What may only be done about some events. */
type OnlyOn<On> = On extends 'completed'
  ? { readonly triggerDependents?: true }
  : On extends 'failed'
    ? { readonly retryRun?: RetryRun }
    : On extends 'waiting'
      ? { readonly confirm?: Note; readonly discard?: Note }
      : object;

type RuleOn<On, Route extends string> = {
  /** Names the rule in keys and results. */
  readonly id: string;
  readonly on: On;
  readonly where?: Where;
  readonly do: Deeds<Route> & OnlyOn<On>;
  /** Done after `do`, whatever became of that. */
  readonly then?: Deeds<Route> & OnlyOn<On>;
  /** Rules below are left out when this one matches. */
  readonly stop?: true;
};

type WaitingRule<Route extends string> = RuleOn<'waiting', Route> & {
  /** Done only if the run still waits so long after it began to. */
  readonly after?: Duration;
};

export type Rule<Route extends string> =
  | WaitingRule<Route>
  | RuleOn<'completed', Route>
  | RuleOn<'failed', Route>
  | RuleOn<Exclude<ReactionOn, 'waiting' | 'completed' | 'failed'>, Route>
  | RuleOn<readonly ReactionOn[], Route>;

export type ReactionsFile<Routes extends RoutesInput> = {
  readonly routes: Routes;
  readonly rules: readonly Rule<Extract<keyof Routes, string>>[];
};

/** Checks nothing by itself; the default export of the reactions file is checked when it is loaded. */
export const defineReactions = <const Routes extends RoutesInput>(
  file: ReactionsFile<Routes>,
): ReactionsFile<Routes> => file;
