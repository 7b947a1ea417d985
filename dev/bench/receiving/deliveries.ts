/**
 * Deliveries made and signed beforehand, as the bytes of whole HTTP requests. Each is about a run of its own, so that no
 * two are duplicates; runs go round the stacks. Payloads are the simulator's.
 */
import { createHmac } from 'node:crypto';
import {
  createDefaultRunPayload,
  type PayloadFacts,
} from '../../simulator/webhooks/payloads/default-run.ts';
import { stringifyWithIntegers } from '../../simulator/webhooks/payloads/integers.ts';
import { createRunUpdatedPayload } from '../../simulator/webhooks/payloads/run-updated.ts';
import type { Commit, Run, Stack } from '../../simulator/model.ts';
import { STACK_HEADER } from './headers.ts';

/** `run`: the default payload, near 1 KB. `policy-input`: `run_updated` with its changes, near 32 KB. */
export type PayloadSize = 'run' | 'policy-input';

export type DeliveryPlan = {
  readonly path: string;
  readonly size: PayloadSize;
  readonly stacks: number;
  readonly secret: string;
  readonly signatureHeader: string;
  readonly headers: Readonly<Record<string, string>>;
};

const ACCOUNT = 'bench';
const ACCOUNT_URL = 'https://bench.app.spacelift.io';
const CREATED_AT = 1_760_000_000_000;

/** Where the run's own id goes; as long as one. */
const RUN_ID_MARK = '01JXXXXXXXXXXXXXXXXXXXXXXX';

/** Changed resources of a policy input of 32 KB. */
const CHANGES = 75;

const COMMIT: Commit = {
  hash: 'b363713a938afcd3c74603827fab79e935b2b09b',
  branch: 'main',
  message: 'Widen the subnets of the build farm',
  authorLogin: 'ada',
  authorName: 'Ada Lovelace',
  url: 'https://github.com/demo/infrastructure/commit/b363713a938afcd3c74603827fab79e935b2b09b',
  createdAt: CREATED_AT - 60_000,
};

/** Makes the requests of a plan, one after another, from the given number on. */
export function createDeliveries(plan: DeliveryPlan, from: number, count: number): Buffer[] {
  const templates = Array.from({ length: plan.stacks }, (_, index) =>
    bodyTemplate(stackName(index), plan.size),
  );
  return Array.from({ length: count }, (_, index) => {
    const number = from + index;
    const stack = number % plan.stacks;
    const body = Buffer.from((templates[stack] ?? '').replaceAll(RUN_ID_MARK, runId(number)));
    return requestOf(plan, stackName(stack), body);
  });
}

export const signatureOf = (secret: string, body: Uint8Array): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

function requestOf(plan: DeliveryPlan, stack: string, body: Buffer): Buffer {
  const headers = {
    Host: '127.0.0.1',
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    [STACK_HEADER]: stack,
    [plan.signatureHeader]: signatureOf(plan.secret, body),
    ...plan.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`POST ${plan.path} HTTP/1.1\r\n${lines.join('')}\r\n`), body]);
}

const stackName = (index: number) => `stack-${index}`;

const runId = (number: number) => `01J${String(number).padStart(RUN_ID_MARK.length - 3, '0')}`;

function bodyTemplate(stackId: string, size: PayloadSize): string {
  const facts = factsOf(stackId);
  return size === 'run'
    ? JSON.stringify(createDefaultRunPayload(facts, 'null'))
    : stringifyWithIntegers(createRunUpdatedPayload(facts, [], 'shown'), 'exact');
}

function factsOf(stackId: string): PayloadFacts {
  const history = [
    'QUEUED',
    'READY',
    'PREPARING',
    'PLANNING',
    'UNCONFIRMED',
    'CONFIRMED',
    'APPLYING',
    'FINISHED',
  ].map((state, stateVersion) => ({
    state,
    stateVersion,
    at: CREATED_AT + 1000 * stateVersion,
    note: null,
    username: '',
  }));
  const run = runOf(stackId, history);
  const transition = history[history.length - 1];
  if (transition === undefined) throw new RangeError('Cannot make payload: the run has no history');
  return {
    account: ACCOUNT,
    accountUrl: ACCOUNT_URL,
    run,
    stack: stackOf(stackId),
    stackState: transition.state,
    transition,
  };
}

const runOf = (stackId: string, history: Run['history']): Run => ({
  id: RUN_ID_MARK,
  ordinal: 1,
  stackId,
  type: 'TRACKED',
  commit: COMMIT,
  triggeredBy: 'ada@example.com',
  creatorIp: '192.0.2.7',
  command: null,
  skipInitialization: false,
  forceApply: false,
  forcesDependents: false,
  externalDependencies: [],
  driftDetection: false,
  userMetadata: [],
  runtimeConfig: {
    environment: {},
    projectRoot: '',
    runnerImage: '',
    terraformVersion: '1.9.0',
    hooks: {},
    yaml: null,
  },
  startsDependents: true,
  createdAt: CREATED_AT,
  script: {},
  upstreamRunIds: [],
  history,
  path: [],
  isRipe: true,
  isPrioritized: false,
  interventions: [],
  reviews: [],
  comments: [],
  delta: { added: CHANGES, changed: 0, deleted: 0, resources: CHANGES },
  metadata: [],
});

const stackOf = (id: string): Stack => ({
  id,
  name: id,
  description: 'Subnets and gateways of the build farm',
  labels: ['team:network', 'env:production'],
  autodeploy: true,
  branch: 'main',
  repository: 'demo/infrastructure',
  projectRoot: 'network',
  space: 'root',
  administrative: false,
  isDisabled: false,
  isModule: false,
  dependsOn: [],
  references: [],
  approvals: [],
  alwaysAfter: [],
  reconciles: false,
  workerPool: null,
  isDrifted: false,
  createdAt: CREATED_AT,
  trackedCommit: COMMIT,
  lock: null,
});
