/** An edge with its starter, by each way there is from one to the other on each runtime. */
import { afterAll, beforeAll, describe } from 'vitest';
import { eventually } from '../../../dev/launcher/eventually.ts';
import type { Env } from '../../../dev/launcher/toolchain.ts';
import { WEBHOOK_SECRET } from './deliveries.ts';
import { type Edge, startEdge } from './edge.ts';
import { createOperator, type Delivery, OPERATOR_TOKEN, type Operator } from './operator.ts';
import { type Runtime, RUNTIMES } from './runtimes.ts';
import { ENVELOPE_SECRET, type Starter, startStarter } from './starter.ts';

type Way = { readonly runtime: Runtime; readonly by: 'URL' | 'binding' };

const WAYS: readonly Way[] = RUNTIMES.flatMap((runtime): Way[] =>
  runtime === 'workerd'
    ? [
        { runtime, by: 'URL' },
        { runtime, by: 'binding' },
      ]
    : [{ runtime, by: 'URL' }],
);

export type Path = {
  readonly way: Way;
  edge: Edge;
  starter: Starter;
  operator: Operator;
};

/** Waits are as short as may be: nothing here needs a real one. */
const ENV: Env = {
  WEBHOOKS: JSON.stringify({ default: { account: 'acme' } }),
  SPACELIFT_WEBHOOK_SECRET: WEBHOOK_SECRET,
  ENVELOPE_SECRET,
  OPERATOR_TOKEN,
  LOG_LEVEL: 'info',
  FORWARD_TIMEOUT_MS: '1000',
  LINGER_MS: '1',
  BACKOFF_BASE_MS: '40',
  BACKOFF_CAP_MS: '160',
};

const PATIENCE_MS = 20_000;

export const seen = <T>(
  what: string,
  look: () => T | null | undefined | Promise<T | null | undefined>,
) => eventually(what, PATIENCE_MS, async () => look());

type Suite = (path: Path) => void;

/** A suite of tests for each way, all ways at once: they spend their time waiting. Tests of one way take turns. */
export function onEveryWay(title: string, env: Env, suite: Suite): void {
  describe.concurrent.each(WAYS)('$runtime by $by', (way) => {
    const path = usePath(way, env);
    describe(title, { concurrent: false }, () => suite(path));
  });
}

/** The same where it makes no difference how the starter is reached. */
export function onEveryRuntime(title: string, env: Env, suite: Suite): void {
  describe.concurrent.each(RUNTIMES)('%s', (runtime) => {
    const path = usePath({ runtime, by: 'URL' }, env);
    describe(title, { concurrent: false }, () => suite(path));
  });
}

/** An edge alone on every runtime, with these variables and no other. */
export function onEveryEdge(
  title: string,
  env: Env,
  suite: (alone: Pick<Path, 'edge'>) => void,
): void {
  describe.concurrent.each(RUNTIMES)('%s', (runtime) => {
    const alone = {} as Path;
    beforeAll(async () => {
      alone.edge = await startEdge(runtime, { env });
    });
    afterAll(() => alone.edge?.[Symbol.asyncDispose]());
    describe(title, { concurrent: false }, () => suite(alone));
  });
}

/** Started before the tests of the surrounding suite, ended after them. */
function usePath(way: Way, env: Env = {}): Path {
  const { runtime, by } = way;
  const path = { way } as Path;
  beforeAll(async () => {
    path.starter = await startStarter();
    const byUrl = { STARTER_URL: path.starter.url };
    path.edge = await startEdge(runtime, {
      env: { ...ENV, ...(by === 'URL' && byUrl), ...env },
      boundStarterPort: by === 'binding' ? path.starter.port : null,
    });
    path.operator = createOperator(path.edge);
  });
  afterAll(async () => {
    await path.edge?.[Symbol.asyncDispose]();
    await path.starter?.[Symbol.asyncDispose]();
  });
  return path;
}

/** All deliveries of an inbox, oldest first, once none of them is pending. */
export const settled = ({ operator }: Path, inbox: string): Promise<readonly Delivery[]> =>
  seen(`${inbox} settled`, async () => {
    const deliveries = await operator.list({ inbox, limit: '200' });
    const isSettled = deliveries.every(({ status }) => status !== 'pending');
    return deliveries.length > 0 && isSettled ? deliveries.toReversed() : null;
  });
