/** Notices and routes as the tests of notifiers need them. */
import type { Route } from '../../../shared/activities/notice-activities.ts';
import type { Notice, SendRequest } from '../../../shared/workflow/notice-messages.ts';
import { createAddressGuard } from '../../../worker/outgoing/address-guard.ts';
import { createGuardedFetch } from '../../../worker/outgoing/guarded-fetch.ts';
import {
  createRoutes,
  type RouteInput,
  type RoutesContext,
} from '../../../worker/notifiers/routes.ts';

export const RUN_NOTICE: Notice = {
  topic: 'run-failed',
  account: 'demo',
  stackId: 'app',
  runId: '01RUN',
  state: 'FAILED',
  stateVersion: 9,
  url: 'https://demo.app.spacelift.io/stack/app/run/01RUN',
  text: 'Run failed: app is FAILED',
  executionId: 'spacelift/demo/app/run/01RUN',
  traceId: '0'.repeat(32),
  branch: 'main',
  commit: '0123456789abcdef0123456789abcdef01234567',
  repository: 'acme/infra',
  labels: ['team:platform'],
  runType: 'TRACKED',
  driftDetection: false,
};

/** What a stranger may call a stack, a branch, a label or a commit. */
export const HOSTILE =
  '<!channel> <@U0123> &lt; *b* _i_ ~s~ `c` [x](https://evil.example) ![](y) <script>alert(1)</script> | @team #1 \r\nBcc: victim@example.com\r\n\r\n\u0000';

export const HOSTILE_NOTICE: Notice = {
  ...RUN_NOTICE,
  stackId: HOSTILE,
  branch: HOSTILE,
  labels: [HOSTILE],
  text: `Run failed: ${HOSTILE} is FAILED`,
};

export type ContextChanges = Partial<RoutesContext>;

/** Outlets of tests are on this machine. */
export const LOCAL = createAddressGuard({ allowPrivate: true, allowed: [] });

export const contextOf = (changes: ContextChanges = {}): RoutesContext => ({
  env: {},
  fetch: createGuardedFetch({ guard: LOCAL, deadlineMs: 1000 }),
  guard: LOCAL,
  log: { warn: () => {} },
  executionPage: (id) =>
    `https://temporal.example.com/namespaces/default/workflows/${encodeURIComponent(id)}`,
  latestTrackedRun: async () => null,
  hold: async () => {},
  ...changes,
});

/** One route of that configuration. */
export function routeOf(input: RouteInput, changes: ContextChanges = {}): Route {
  const [route] = createRoutes({ ops: input }, contextOf(changes));
  if (route === undefined) throw new Error('Cannot test: no route');
  return route;
}

export const send = (route: Route, changes: Partial<SendRequest> = {}) =>
  route.send({ notice: RUN_NOTICE, key: 'spacelift/demo/app/run/01RUN/rule/FAILED/9', ...changes });
