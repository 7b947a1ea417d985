/** Sends a notice through each of the routes that are handed in, on the runtime that runs this, as often as told. */
import { createAddressGuard } from '../../../worker/outgoing/address-guard.ts';
import { createGuardedFetch } from '../../../worker/outgoing/guarded-fetch.ts';
import { createRoutes } from '../../../worker/notifiers/routes.ts';
import { RUN_NOTICE } from './support.ts';

const [routes = '{}', times = '1'] = process.argv.slice(2);
/** Every name is this machine's. */
const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
const guard = createAddressGuard({ allowPrivate: true, allowed: [], resolve });
const lines: unknown[] = [];
const outcomes: Record<string, string[]> = {};
for (const route of createRoutes(JSON.parse(routes) as Record<string, unknown>, {
  env: process.env,
  log: { warn: (line: unknown) => void lines.push(line) },
  guard,
  fetch: createGuardedFetch({ guard, deadlineMs: 5000 }),
  executionPage: () => null,
  latestTrackedRun: async () => null,
  hold: async () => {},
}))
  for (let attempt = 0; attempt < Number(times); attempt += 1) {
    const sent = route.send({ notice: RUN_NOTICE, key: 'some/key' });
    const outcome = await sent.then(
      (answer) => answer.outcome,
      (error: unknown) => String(error),
    );
    (outcomes[route.name] ??= []).push(outcome);
  }
process.stdout.write(JSON.stringify({ outcomes, lines: lines.length }));
