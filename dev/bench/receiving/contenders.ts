/** The rows of the table: who is measured, with which deliveries, and which rows are set against each other. */
import type { DeliveryPlan, PayloadSize } from './deliveries.ts';

/** How a contender is served. */
export type Server =
  | { readonly by: 'workerd'; readonly worker: WorkerName }
  | { readonly by: 'octokit' }
  | { readonly by: 'webhook-command' };

export type WorkerName = 'bare' | 'verify' | 'insert' | 'edge';

export type Contender = {
  readonly id: string;
  readonly title: string;
  readonly server: Server;
  readonly plan: Omit<DeliveryPlan, 'secret'>;
  readonly expectedStatus: number;
  /** Whether it looks at the signature at all. */
  readonly refusesForgeries: boolean;
};

export type Comparison = { readonly of: string; readonly to: string; readonly aim: number | null };

/** Where the hook of the `webhook` command is. */
export const HOOK_ID = 'bench';

const MANY_STACKS = 64;

const toEdge = (size: PayloadSize, stacks: number): Contender['plan'] => ({
  path: '/webhooks/spacelift',
  signatureHeader: 'X-Signature-256',
  headers: {},
  size,
  stacks,
});

const onWorkerd = (
  id: string,
  title: string,
  worker: WorkerName,
  plan: Contender['plan'],
): Contender => ({
  id,
  title,
  server: { by: 'workerd', worker },
  plan,
  expectedStatus: 202,
  refusesForgeries: worker === 'verify' || worker === 'edge',
});

export const CONTENDERS: readonly Contender[] = [
  onWorkerd('a', 'bare Worker', 'bare', toEdge('run', 1)),
  onWorkerd('b', 'verify and parse, keep nothing', 'verify', toEdge('run', 1)),
  onWorkerd('a-32k', 'bare Worker, 32 KB', 'bare', toEdge('policy-input', 1)),
  onWorkerd('b-32k', 'verify and parse, 32 KB', 'verify', toEdge('policy-input', 1)),
  onWorkerd('c-1', 'bare insert, 1 object', 'insert', toEdge('run', 1)),
  onWorkerd('d-1', 'the edge, 1 stack', 'edge', toEdge('run', 1)),
  onWorkerd('c-64', 'bare insert, 64 objects', 'insert', toEdge('run', MANY_STACKS)),
  onWorkerd('d-64', 'the edge, 64 stacks', 'edge', toEdge('run', MANY_STACKS)),
  {
    id: 'e',
    title: '@octokit/webhooks on Node',
    server: { by: 'octokit' },
    plan: {
      path: '/api/github/webhooks',
      signatureHeader: 'X-Hub-Signature-256',
      headers: { 'X-GitHub-Event': 'check_run', 'X-GitHub-Delivery': 'bench' },
      size: 'run',
      stacks: 1,
    },
    expectedStatus: 200,
    refusesForgeries: true,
  },
  {
    id: 'f',
    title: 'webhook (Debian), /bin/true',
    server: { by: 'webhook-command' },
    plan: { ...toEdge('run', 1), path: `/hooks/${HOOK_ID}` },
    expectedStatus: 200,
    refusesForgeries: true,
  },
];

export const COMPARISONS: readonly Comparison[] = [
  { of: 'b', to: 'a', aim: 0.75 },
  { of: 'b-32k', to: 'a-32k', aim: 0.75 },
  { of: 'd-1', to: 'c-1', aim: 0.9 },
  { of: 'd-64', to: 'c-64', aim: 0.9 },
  { of: 'b', to: 'e', aim: 2 },
  { of: 'b', to: 'f', aim: null },
];
