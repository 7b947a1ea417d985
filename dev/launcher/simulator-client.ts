/** The launcher's hand on the simulator: makes stacks and webhooks, pushes commits, reads what happened. */

export type JournalOperation = {
  readonly at: number;
  readonly operation: string;
  readonly stack?: string;
  readonly fault?: object;
  /** Ids of the runs it made, also those whose answer was lost or that came late. */
  readonly made: readonly string[];
  /** Null when no answer went out. */
  readonly status: number | null;
};

export type SimulatedRun = {
  readonly id: string;
  readonly stack: string;
  readonly type: string;
  /** Oldest first. */
  readonly history: readonly { readonly state: string; readonly at: number }[];
  readonly state: string;
  readonly stateVersion: number;
  /** What keeps it where it is, `confirmation` among others; null when nothing does. */
  readonly waitsFor: string | null;
  readonly script: Script;
  readonly commit: string;
  readonly command: string | null;
  readonly userMetadata: readonly string[];
  readonly createdAt: number;
  /** `api::<key id>` for a run that came through the API. */
  readonly triggeredBy: string | null;
};

export type JournalDelivery = {
  readonly at: number;
  readonly webhook: string;
  readonly url: string;
  readonly family: 'default' | 'run_updated';
  readonly stack: string;
  readonly run: string;
  readonly state: string;
  readonly stateVersion: number;
  /** 2 for the second of a delivery that was sent twice. */
  readonly copy: number;
  readonly tries: readonly { readonly at: number; readonly status: number | null }[];
  readonly outcome: 'pending' | 'delivered' | 'failed' | 'dropped';
};

export type SimulatorCounts = {
  readonly runs: { readonly open: number; readonly ended: number };
  readonly deliveries: Readonly<Record<JournalDelivery['outcome'], number>>;
};

export type Journal = {
  readonly operations: readonly JournalOperation[];
  readonly deliveries: readonly JournalDelivery[];
};

export type NewStack = {
  readonly id: string;
  readonly name?: string;
  readonly labels?: readonly string[];
  readonly autodeploy?: boolean;
};

export type NewWebhook = {
  readonly url: string;
  readonly secret: string;
  readonly family: 'default' | 'run_updated';
  readonly name?: string;
  /** Attached to this stack, instead of hearing what a policy routes to it. */
  readonly stack?: string;
  /** The policy routes only these stacks' runs. */
  readonly stacks?: readonly string[];
  readonly method?: 'POST' | 'PUT';
  readonly retryOnFailure?: boolean;
  readonly faults?: {
    readonly drop?: number;
    readonly duplicate?: number;
    readonly delayMs?: number;
    readonly reorder?: number;
  };
};

type ShownWebhook = { readonly id: string; readonly enabled: boolean };

/** By default tracked, as a git push makes one. */
export type NewRun = {
  readonly type?: 'TRACKED' | 'TASK' | 'DESTROY';
  readonly command?: string;
  readonly triggeredBy?: string;
  /** Of this run alone. */
  readonly script?: Script;
};

export type Script = {
  readonly failAt?: string;
  readonly note?: string;
  readonly changes?: boolean;
  /** A person must decide about its plan. */
  readonly warns?: boolean;
  readonly interventions?: readonly object[];
  /** Played as they stand, people's decisions included. */
  readonly states?: readonly string[];
  /** For the next so many runs; without it, for all. */
  readonly runs?: number;
};

type FaultEffect = {
  readonly status?: number;
  readonly lost?: boolean;
  readonly created?: boolean;
  readonly createdAfterMs?: number;
  readonly hangMs?: number;
  readonly body?: string;
  readonly message?: string;
};

export type Fault = FaultEffect & {
  readonly operation: string;
  readonly times?: number;
  readonly probability?: number;
  readonly oneOf?: readonly FaultEffect[];
};

/** What becomes of runs that nobody scripts. */
export type RandomPlan = {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly waitMs: { readonly least: number; readonly most: number };
  readonly replan?: number;
  readonly warn?: number;
};

const ANSWER_WITHIN_MS = 10_000;

export type SimulatorClient = ReturnType<typeof createSimulatorClient>;

export function createSimulatorClient(url: string) {
  async function ask<Answer>(path: string, body?: object, method?: 'DELETE'): Promise<Answer> {
    const answer = await fetch(`${url}/control/${path}`, {
      ...(method !== undefined && { method }),
      ...(body !== undefined && {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    const text = await answer.text();
    if (!answer.ok)
      throw new Error(`Cannot ask the simulator for ${path}: status is ${answer.status} (${text})`);
    return JSON.parse(text || 'null') as Answer;
  }

  return {
    addStack: (stack: NewStack) => ask<unknown>('stacks', stack),
    addWebhook: (webhook: NewWebhook) => ask<unknown>('webhooks', webhook),
    webhooks: () => ask<readonly ShownWebhook[]>('webhooks'),
    /** Switches a webhook on again that failed too often. */
    enableWebhook: (id: string) => ask<unknown>(`webhooks/${id}/enable`, {}),
    /** What the next runs of the stack shall do. */
    script: (stackId: string, script: Script) =>
      ask<unknown>(`stacks/${encodeURIComponent(stackId)}/script`, script),
    /** A run that we did not ask for. */
    startRun: (stackId: string, run: NewRun = {}) =>
      ask<SimulatedRun>(`stacks/${encodeURIComponent(stackId)}/runs`, run),
    /** Of one stack, or of all. */
    runs: (stackId?: string) =>
      ask<readonly SimulatedRun[]>(
        stackId === undefined ? 'runs' : `runs?stack=${encodeURIComponent(stackId)}`,
      ),
    addFault: (fault: Fault) => ask<unknown>('faults', fault),
    /** Whatever is asked of the API from now on is answered. */
    clearFaults: () => ask<unknown>('faults', undefined, 'DELETE'),
    setPlan: (plan: RandomPlan) => ask<unknown>('plan', plan),
    /** What a person does to a run: confirm, discard, approve … */
    act: (runId: string, action: string, by: string) =>
      ask<unknown>(`runs/${runId}/${action}`, { by }),
    setWebhookFaults: (id: string, faults: NewWebhook['faults'] & object) =>
      ask<unknown>(`webhooks/${id}/faults`, faults),
    journal: () => ask<Journal>('journal'),
    counts: () => ask<SimulatorCounts>('counts'),
  };
}
