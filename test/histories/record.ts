/**
 * `npm run histories` records one history of every kind of execution into a folder named for the version. A release keeps
 * its folder for good: `npm test` replays all of them under today's code.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { resolveTemporalCli } from '../../dev/launcher/temporal-cli.ts';
import { laneExecutionId } from '../../shared/contract/ids.ts';
import { startOfEvent, startOfIntent } from '../../shared/workflow/start.ts';
import { ACCOUNT, intentEvent, stackEvent } from '../events.ts';
import { deliveryFacts, type Harness, runIdOf, SETTINGS, startHarness } from '../workflow/harness.ts';

const { path } = await resolveTemporalCli();
const harness = await startHarness(path);
const { version } = JSON.parse(
  await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };
const folder = new URL(`./${version}/`, import.meta.url);
await mkdir(folder, { recursive: true });

const runFile = promisify(execFile);

async function save(name: string, executionId: string) {
  const { address } = harness.env;
  const show = ['workflow', 'show', '--address', address, '-w', executionId, '--output', 'json'];
  const { stdout } = await runFile(path, show, { maxBuffer: 64 * 1024 * 1024 });
  await writeFile(new URL(`${name}.json`, folder), stdout);
  process.stdout.write(`${name}\n`);
}

async function pursue(name: string, prepare: (stackId: string) => Promise<unknown>) {
  await harness.control('POST', '/stacks', { id: name, autodeploy: true });
  await prepare(name);
  const key = `key.${name}`;
  const start = startOfIntent(intentEvent(name, key), deliveryFacts(key), SETTINGS);
  await harness.executions.start(start, 'never');
  const { runId } = await harness.handleOf(start.workflowId).result();
  await save(`intent-${name}`, start.workflowId);
  if (runId !== null) await save(`run-${name}`, runIdOf(name, runId));
  const lane = laneExecutionId(ACCOUNT, name);
  await harness.env.client.workflow.getHandle(lane).result();
  await save(`lane-${name}`, lane);
}

async function record(harness: Harness) {
  await pursue('completes', async () => {});
  await pursue('fails', (stack) =>
    harness.control('POST', `/stacks/${stack}/script`, { failAt: 'APPLYING' }),
  );
  await pursue('loses-answer', () =>
    harness.control('POST', '/faults', { operation: 'runTrigger', status: 502, created: true }),
  );
  await pursue('never-made', () =>
    harness.control('POST', '/faults', { operation: 'runTrigger', status: 503, times: 3 }),
  );
  const failed = stackEvent('network', { error: 'plan exploded' });
  const start = startOfEvent(failed, deliveryFacts('failed'), SETTINGS);
  await harness.executions.start(start, 'never');
  await harness.handleOf(start.workflowId).result();
  await save('event-failed', start.workflowId);
}

try {
  await record(harness);
} finally {
  await harness.stop();
}
