/** What the page shows, as the control API sends it. Types only: the one file that server and browser share. */

export type Overview = {
  readonly account: string;
  readonly seed: number;
  readonly speed: number;
  readonly now: number;
  readonly counts: {
    readonly runs: { readonly open: number; readonly ended: number };
    readonly deliveries: Readonly<Record<'pending' | 'delivered' | 'failed' | 'dropped', number>>;
  };
  readonly hasPlan: boolean;
  readonly stacks: readonly StackLine[];
  readonly runs: readonly RunLine[];
  readonly webhooks: readonly WebhookLine[];
};

export type StackLine = {
  readonly id: string;
  readonly state: string;
  readonly isLocked: boolean;
  readonly autodeploy: boolean;
  readonly approvals: readonly string[];
  readonly dependsOn: readonly string[];
  readonly isModule: boolean;
  readonly isDisabled: boolean;
  readonly isDrifted: boolean;
  readonly hasPlan: boolean;
  /** Runs to come whose script is set already. */
  readonly scriptsWaiting: number;
};

export type RunLine = {
  readonly id: string;
  readonly stack: string;
  readonly type: string;
  readonly driftDetection: boolean;
  readonly state: string;
  readonly since: number;
  readonly note: string | null;
  readonly waitsFor: string | null;
  /** Never a name. */
  readonly startedBy: 'push' | 'key' | 'somebody';
  readonly isPrioritized: boolean;
  /** Names of control routes of the run. */
  readonly actions: readonly string[];
};

export type WebhookLine = {
  readonly id: string;
  readonly url: string;
  readonly family: string;
  readonly stack: string | null;
  readonly enabled: boolean;
  readonly consecutiveFailures: number;
  readonly faults: Readonly<Record<'drop' | 'duplicate' | 'delayMs' | 'reorder', number>>;
};
