/** The launcher's hand on the simulator: makes stacks and webhooks, pushes commits, reads what happened. */

type JournalOperation = {
  readonly at: number;
  readonly operation: string;
  readonly stack?: string;
  readonly status: number;
};

export type SimulatedRun = {
  readonly id: string;
  readonly createdAt: number;
  /** `api::<key id>` for a run that came through the API. */
  readonly triggeredBy: string | null;
};

export type JournalDelivery = {
  readonly at: number;
  readonly url: string;
  readonly stack: string;
  readonly run: string;
  readonly state: string;
  readonly stateVersion: number;
  readonly outcome: 'pending' | 'delivered' | 'failed';
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
  readonly retryOnFailure?: boolean;
};

export type Script = {
  readonly failAt?: string;
  readonly note?: string;
  readonly changes?: boolean;
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
    /** What the next runs of the stack shall do. */
    script: (stackId: string, script: Script) =>
      ask<unknown>(`stacks/${encodeURIComponent(stackId)}/script`, script),
    /** A run that we did not ask for: by default, as a git push makes one. */
    startRun: (stackId: string, triggeredBy?: string) =>
      ask<SimulatedRun>(`stacks/${encodeURIComponent(stackId)}/runs`, {
        ...(triggeredBy !== undefined && { triggeredBy }),
      }),
    /** Of one stack. */
    runs: (stackId: string) =>
      ask<readonly SimulatedRun[]>(`runs?stack=${encodeURIComponent(stackId)}`),
    addFault: (fault: Fault) => ask<unknown>('faults', fault),
    journal: () => ask<Journal>('journal'),
  };
}
