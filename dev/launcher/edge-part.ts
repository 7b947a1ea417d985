/**
 * The edge as a part: under wrangler, as on Cloudflare, or on another runtime by its own npm script, with the permissions
 * that stand there. Secrets reach wrangler in a file and the others in their environment, which nobody else can read.
 */
import { join } from 'node:path';
import type { EdgeRuntime } from './part-names.ts';
import { LOOPBACK, type Plan, urlOf } from './plan.ts';
import type { PartSpec } from './processes.ts';
import { edgeCommand, type Env, nodePath, PROJECT_ROOT, wranglerScript } from './toolchain.ts';

export const edgePart = (plan: Plan): PartSpec => ({
  name: 'edge',
  ...(plan.edgeRuntime === 'workerd' ? byWrangler(plan) : byScript(plan, plan.edgeRuntime)),
  readiness: { by: 'http', url: `${urlOf(plan.ports.edge)}/healthz` },
});

type Start = Pick<PartSpec, 'command' | 'args' | 'env'>;

const byWrangler = (plan: Plan): Start => ({
  command: nodePath(),
  args: [
    wranglerScript(),
    'dev',
    `--config=${join(PROJECT_ROOT, 'wrangler.toml')}`,
    `--ip=${LOOPBACK}`,
    `--port=${plan.ports.edge}`,
    '--inspector-port=0',
    `--persist-to=${join(plan.stateDirectory, 'edge')}`,
    `--env-file=${varsFileOf(plan)}`,
    '--show-interactive-dev-session=false',
  ],
  env: { ...plan.inherited, ...wranglerQuiet(plan.stateDirectory) },
});

function byScript(plan: Plan, runtime: Exclude<EdgeRuntime, 'workerd'>): Start {
  const folder = join(plan.stateDirectory, 'edge-files');
  return {
    ...edgeCommand(runtime, folder, [INTENTS_SECRET, `${INTENTS_SECRET}_PREVIOUS`]),
    env: {
      ...plan.inherited,
      ...edgeVars(plan),
      EDGE_HOST: LOOPBACK,
      EDGE_PORT: String(plan.ports.edge),
      EDGE_STATE_DIRECTORY: folder,
    },
  };
}

/** Written by whoever starts the edge, which reads nothing from its environment under wrangler. */
export const varsFileOf = ({ stateDirectory }: Plan): string => join(stateDirectory, 'edge.env');

const INTENTS_SECRET = 'SPACELIFT_INTENTS_SECRET';

export const edgeVars = (plan: Plan): Env => ({
  SPACELIFT_WEBHOOK_SECRET: plan.secrets.webhookSecret,
  [INTENTS_SECRET]: plan.secrets.intentsSecret,
  WEBHOOKS: JSON.stringify({
    // On a laptop, payloads of any account may be tried out.
    default: { account: plan.spacelift.account, accounts: ['*'] },
    intents: {
      account: plan.spacelift.account,
      secret: INTENTS_SECRET,
      intents: { stacks: ['*'] },
    },
  }),
  STARTER_URL: urlOf(plan.ports.starter),
  ENVELOPE_SECRET: plan.secrets.envelopeSecret,
  OPERATOR_TOKEN: plan.secrets.operatorToken,
  LOG_LEVEL: plan.inherited['LOG_LEVEL'] ?? '',
  ...plan.env.edge,
});

/** wrangler asks nothing, tells nobody and keeps its files to the state directory. */
const wranglerQuiet = (stateDirectory: string): Env => ({
  CI: 'true',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_WRITE_LOGS: 'false',
  WRANGLER_REGISTRY_PATH: join(stateDirectory, 'wrangler-registry'),
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
});
