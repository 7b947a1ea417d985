/** The launcher's hand on the simulator: makes stacks and webhooks, pushes commits, reads what happened. */

type JournalOperation = {
  readonly at: number;
  readonly operation: string;
  readonly stack?: string;
  readonly status: number;
};

export type SimulatedRun = {
  readonly id: string;
  readonly stack: string;
  /** Oldest first. */
  readonly history: readonly { readonly state: string }[];
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
  };
};

type ShownWebhook = { readonly id: string; readonly enabled: boolean };

/** By default tracked, as a git push makes one. */
export type NewRun = {
  readonly type?: 'TRACKED' | 'TASK' | 'DESTROY';
  readonly command?: string;
};

export type Script = {
  readonly failAt?: string;
  readonly note?: string;
  readonly changes?: boolean;
  /** Played as they stand, people's decisions included. */
  readonly states?: readonly string[];
  /** For the next so many runs; without it, for all. */
  readonly runs?: number;
};

export type Fault = {
  readonly operation: string;
  readonly times: number;
  readonly status: number;
  readonly created?: boolean;
};

const ANSWER_WITHIN_MS = 10_000;

export type SimulatorClient = ReturnType<typeof createSimulatorClient>;

export function createSimulatorClient(url: string) {
  async function ask<Answer>(path: string, body?: object): Promise<Answer> {
    const answer = await fetch(`${url}/control/${path}`, {
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
    journal: () => ask<Journal>('journal'),
    counts: () => ask<SimulatorCounts>('counts'),
  };
}
