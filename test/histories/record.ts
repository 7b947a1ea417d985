/**
 * `npm run histories` records one history of every path through the workflows into a folder named for the version. A
 * release keeps its folder for good: `npm test` replays all of them under today's code. `-- --into=<folder>` records
 * elsewhere, for a look; names after it record these paths only.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { resolveTemporalCli } from '../../dev/launcher/temporal-cli.ts';
import { startHarness } from '../workflow/harness.ts';
import { ACCOUNT_PATHS } from './paths/accounts.ts';
import { CONTINUED_PATHS, EARLY } from './paths/continued.ts';
import { EVENT_PATHS } from './paths/events.ts';
import { INTENT_PATHS } from './paths/intents.ts';
import { type Kept, KINDS, type Path } from './paths/path.ts';
import { RUN_PATHS } from './paths/runs.ts';
import { RECORDED, RULES } from './paths/settings.ts';
import { createStage } from './paths/stage.ts';
import { printHistory, type RecordedHistory, trimHistory } from './trim-history.ts';

/** Each on a server of its own. */
const SESSIONS: readonly {
  readonly paths: readonly Path[];
  readonly server?: readonly string[];
}[] = [
  { paths: [...RUN_PATHS, ...INTENT_PATHS, ...EVENT_PATHS, ...ACCOUNT_PATHS] },
  { paths: CONTINUED_PATHS, server: EARLY },
];

const run = promisify(execFile);

const { values, positionals } = parseArgs({
  options: { into: { type: 'string' } },
  allowPositionals: true,
});
const isWanted = ({ name }: Path) => positionals.length === 0 || positionals.includes(name);
const folder = values.into === undefined ? await folderOfVersion() : resolve(values.into);
const { path: cli } = await resolveTemporalCli();
await mkdir(folder, { recursive: true });
for (const { paths, server = [] } of SESSIONS) await record(paths.filter(isWanted), server);

/** What a release has recorded stays as it is: making it anew would hide what no longer replays. */
async function folderOfVersion(): Promise<string> {
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const place = fileURLToPath(new URL(`./${version}/`, import.meta.url));
  if (!existsSync(place)) return place;
  throw new Error(
    `Cannot record histories of ${version}: there are some; raise the version in package.json, or delete them if it is not released`,
  );
}

async function record(paths: readonly Path[], server: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  const harness = await startHarness(
    cli,
    {},
    { serverArgs: server, settings: RECORDED, workers: { reactor: RULES } },
  );
  const stage = createStage(harness);
  try {
    const kept: (readonly [Path, Kept])[] = [];
    for (const path of paths) {
      process.stdout.write(`${path.name}\n`);
      kept.push([path, await path.bring(stage, await harness.addStack(path.name))]);
      await stage.clearFaults();
    }
    for (const [{ name, ends }, executions] of kept)
      for (const kind of KINDS) {
        const executionId = executions[kind];
        if (executionId === undefined) continue;
        const end = await stage.endOf(executionId);
        if (end !== (ends[kind] ?? end))
          throw new Error(`Cannot record ${kind}-${name}: it ended ${end}, not ${ends[kind]}`);
        await save(`${kind}-${name}`, executionId, harness.env.address);
      }
  } finally {
    await harness.stop();
  }
}

/** Every execution under the id, oldest first: continue-as-new makes several. */
async function save(name: string, executionId: string, address: string): Promise<void> {
  const ask = async (command: readonly string[]): Promise<unknown> => {
    const options = ['--address', address, '--output', 'json'];
    const { stdout } = await run(cli, ['workflow', ...command, ...options], {
      maxBuffer: 64 * 1024 * 1024,
    });
    return JSON.parse(stdout);
  };
  const query = `WorkflowId = '${executionId}'`;
  const list = (await ask(['list', '--query', query])) as readonly {
    readonly execution: { readonly runId: string };
  }[];
  const runIds = list.map(({ execution }) => execution.runId).toReversed();
  for (const [index, runId] of runIds.entries()) {
    const history = await ask(['show', '--workflow-id', executionId, '--run-id', runId]);
    const file = `${name}${index === 0 ? '' : `-${index + 1}`}.json`;
    await writeFile(join(folder, file), printHistory(trimHistory(history as RecordedHistory)));
  }
}
