/** What a person is told once everything is up and the scenarios are over: how to go on alone. */
import { join } from 'node:path';
import { handmadeDelivery, inboxListing } from './by-hand.ts';
import { webhookUrl } from './edge-client.ts';
import type { Path } from './path.ts';
import { ROOT_STACK } from './propagation-scenario.ts';
import { GOOD_STACK } from './scenarios.ts';
import { paint, type Screen } from './screen.ts';
import { secretsFileOf } from './secrets.ts';
import { PROJECT_ROOT } from './toolchain.ts';

export function tellHowToGoOn(path: Path, screen: Screen): void {
  screen.line();
  if (path.spacelift.isSimulated) tellHandmade(path, screen);
  else tellRealWebhook(path, screen);
  screen.line();
  screen.line(paint.bold('Look around'));
  for (const [name, place] of placesOf(path)) screen.line(`  ${name.padEnd(15)}${place}`);
}

function tellHandmade({ urls, stateDirectory, spacelift }: Path, screen: Screen): void {
  const secretsFile = secretsFileOf(stateDirectory);
  screen.line(paint.bold('Send a delivery by hand'));
  screen.line(handmadeDelivery(urls.edge, secretsFile, GOOD_STACK));
  screen.line();
  screen.line(
    paint.dim(
      'Pasted again, the same body starts nothing new; another idempotency_key asks for another run.',
    ),
  );
  screen.line();
  screen.line(paint.bold('See what the inbox keeps'));
  screen.line(inboxListing(urls.edge, secretsFile, spacelift.account, GOOD_STACK));
}

function tellRealWebhook({ urls, stateDirectory, spacelift }: Path, screen: Screen): void {
  const secretsFile = secretsFileOf(stateDirectory);
  const lines = [
    `1. Let Spacelift reach the edge, for example: cloudflared tunnel --url ${urls.edge}`,
    `2. In account ${spacelift.account}, add a named webhook (Integrations, Webhooks):`,
    `     endpoint  ${webhookUrl('https://<the tunnel>', null)}`,
    `     secret    webhookSecret in ${secretsFile}`,
    '   and a notification policy that routes run_updated to it, or attach the webhook to a stack.',
    '3. Start a run of that stack; its states arrive here, and an execution follows it.',
  ];
  screen.line(paint.bold('Send a real webhook'));
  for (const line of lines) screen.line(`  ${line}`);
}

function placesOf(path: Path): readonly (readonly [string, string])[] {
  const { urls, temporal, cliPath, spacelift, stateDirectory, logDirectory } = path;
  const cli = cliPath === null ? 'temporal' : `'${cliPath}'`;
  const namespace = temporal.namespace === 'default' ? '' : ` --namespace ${temporal.namespace}`;
  return [
    ['executions', `${cli} workflow list --address ${temporal.address}${namespace}`],
    ...(urls.temporalUi === null ? [] : [['Temporal UI', urls.temporalUi] as const]),
    ['edge', urls.edge],
    // Which looks into this folder's own state by itself, and into no other.
    ...(stateDirectory === join(PROJECT_ROOT, '.dev')
      ? [
          ['inbox', 'npm run inbox -- list'] as const,
          ['propagation', `npm run propagate -- plan ${ROOT_STACK}`] as const,
        ]
      : []),
    spacelift.isSimulated ? ['simulator', urls.simulator] : ['Spacelift', spacelift.endpoint],
    ['metrics', `${urls.worker}/metrics`],
    ['', `${urls.starter}/metrics`],
    ['logs', join(logDirectory, '*.log')],
    ['state', `${stateDirectory} (remove it while nothing runs to start afresh)`],
  ];
}
