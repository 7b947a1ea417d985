/**
 * A Spacelift account in one process: GraphQL API, runs that take their time, webhooks that tell of them. Behaves as
 * Spacelift is known to, not as our own client would like; answers requests by `fetch`, with or without a server.
 */
import { Hono } from 'hono';
import { Authority } from './api/auth.ts';
import { createEndpoint } from './api/endpoint.ts';
import { createExecutor } from './api/executor.ts';
import { FaultBook } from './api/fault-book.ts';
import { Pauses, scaleClock } from './clock.ts';
import { createControl } from './control/control.ts';
import { showRun } from './control/show.ts';
import { Journal } from './journal.ts';
import { completeOptions, type SimulatorInput } from './options.ts';
import { createPage } from './page/page.ts';
import { RunEngine } from './runs/engine.ts';
import { ModuleVersions } from './runs/module-versions.ts';
import { WebhookRegistry } from './webhooks/registry.ts';
import { WebhookSender } from './webhooks/sender.ts';

export type Simulator = {
  readonly fetch: (request: Request) => Promise<Response>;
  /** Stops every run where it stands and calls off deliveries. */
  readonly close: () => Promise<void>;
};

export function createSimulator(input: SimulatorInput = {}): Simulator {
  const options = completeOptions(input);
  const journal = new Journal();
  const webhooks = new WebhookRegistry();
  const authority = new Authority(options);
  const faults = new FaultBook(options);
  const pauses = new Pauses(options.clock);
  const scaled = { ...options, clock: scaleClock(options.clock, options.speed) };
  const engine = new RunEngine(scaled);
  const sender = new WebhookSender({ options: scaled, webhooks, journal });
  engine.onTransition((moved) => sender.send(moved));

  const execute = createExecutor({
    engine,
    webhooks,
    versions: new ModuleVersions(),
    options,
    authority,
  });
  const endpoint = createEndpoint({ engine, execute, authority, faults, journal, pauses, options });
  const app = new Hono();
  app.post('/graphql', (c) => endpoint(c.req.raw));
  app.route('/control', createControl({ engine, webhooks, authority, faults, journal, options }));
  app.route('/', createPage());
  app.get('/healthz', (c) => c.json({ status: 'ok', account: options.account }));
  app.get('/stack/:stack/run/:run', (c) => {
    const run = engine.findRun(c.req.param('run'));
    return run === null ? c.notFound() : c.json(showRun(run, engine));
  });

  return {
    fetch: async (request) => app.fetch(request),
    close: async () => {
      engine.close();
      pauses.endAll();
      await sender.close();
    },
  };
}
