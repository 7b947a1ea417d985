/** Notices and routes as the tests of notifiers need them. */
import type { Route } from '../../../shared/activities/notice-activities.ts';
import type { Notice, SendRequest } from '../../../shared/workflow/notice-messages.ts';
import type { NotifierContext } from '../../../worker/notifiers/definition.ts';
import { createRoutes, type RouteInput } from '../../../worker/notifiers/routes.ts';

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

export type ContextChanges = Partial<NotifierContext>;

export const contextOf = (changes: ContextChanges = {}): NotifierContext => ({
  env: {},
  fetch,
  log: { warn: () => {} },
  executionPage: (id) =>
    `https://temporal.example.com/namespaces/default/workflows/${encodeURIComponent(id)}`,
  latestTrackedRun: async () => null,
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
