/**
 * Names on the wire between edge, starter, workflow and whoever signals by hand. They are stored in histories and
 * typed by people, so changing one is a breaking change (docs/wire.md). Imports nothing: the workflow uses these values.
 */

/** The registered type of run, intent and event executions; the name is the users' own. */
export const WEBHOOK_WORKFLOW = 'SpaceliftWebhookWorkflow';

/** The registered type of the execution that makes one stack's runs, one at a time. */
export const LANE_WORKFLOW = 'SpaceliftLaneWorkflow';

/** The registered type of the execution that finds what no webhook told; started by a schedule for each account. */
export const SWEEP_WORKFLOW = 'SpaceliftSweepWorkflow';

/** The registered type of the execution that keeps what a quiet route was sent. */
export const DIGEST_WORKFLOW = 'SpaceliftDigestWorkflow';

/** The registered type of the one execution of an account that hears every verdict of a tracked run. */
export const REGISTRY_WORKFLOW = 'SpaceliftPropagationRegistryWorkflow';

/** The registered type of the execution that runs what is below a stack. */
export const PROPAGATION_WORKFLOW = 'SpaceliftPropagationWorkflow';

/** Task queue of workflows, notices and calls to Temporal itself. */
export const WORKFLOW_TASK_QUEUE = 'spacelift';

/** Task queue of Spacelift API calls, apart so that one rate limit holds for all of them. */
export const SPACELIFT_API_TASK_QUEUE = 'spacelift-api';

/** The same for one of several accounts, so that a busy one holds up no other. */
export const spaceliftApiTaskQueue = (account: string): string =>
  `${SPACELIFT_API_TASK_QUEUE}/${account}`;

export const SIGNALS = {
  completedRun: 'handle_completed_run',
  failedRun: 'handle_failed_run',
  /** Every other event of a run: progressed, waiting, ended. */
  runEvents: 'handle_run_events',
  /** An intent asks a run execution to be told the verdict. */
  attachIntent: 'attach_intent',
  /** An intent asks its lane for a run. */
  askForRun: 'ask_for_run',
  /** An intent no longer wants the run it asked its lane for. */
  withdrawRequest: 'withdraw_request',
  /** A run event carried the metadata of one of our intents: hints to the lane whose run it is. */
  ownRun: 'own_run',
  /** The lane tells an intent which run is its own, or why there is none. */
  assignRun: 'assign_run',
  /** A quiet route has its digest keep a notice. */
  holdNotice: 'hold_notice',
  /** A run execution tells the registry how its tracked run ended. */
  trackedVerdict: 'tracked_verdict',
  /** The registry tells a propagation how runs of its stacks ended. */
  nodeVerdicts: 'node_verdicts',
  /** An intent tells its propagation what became of it. */
  nodeEnded: 'node_ended',
  /** A propagation tells the registry how many runs at a time it wants, and gives back. */
  slotsWanted: 'slots_wanted',
  /** The registry tells a propagation how many it may have. */
  slotsGranted: 'slots_granted',
  /** A propagation tells the registry that it is over. */
  propagationOver: 'propagation_over',
} as const;

/** What a person asks a run execution to do, and is answered. */
export const UPDATES = {
  confirmRun: 'confirm_run',
  discardRun: 'discard_run',
  /** The registry offers a verdict to a propagation, which takes it or leaves it. */
  offerVerdict: 'offer_verdict',
} as const;

export const PROGRESS_QUERY = 'progress';

export const SEARCH_ATTRIBUTES = {
  account: 'SpaceliftAccount',
  stack: 'SpaceliftStack',
  run: 'SpaceliftRun',
  state: 'SpaceliftState',
  eventType: 'SpaceliftEventType',
  outcome: 'SpaceliftOutcome',
} as const;
