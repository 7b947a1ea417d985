import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyProject } from './project-copy.ts';

type Breach = readonly [path: string, rule: string, source: string];

/** Each file holds one breach and nothing else that the rules could mind. */
const BREACHES: readonly Breach[] = [
  [
    'shared/contract/planted-hono.ts',
    'no-restricted-imports',
    `import { Hono } from 'hono';\nexport const app = new Hono();\n`,
  ],
  [
    'shared/contract/planted-workflow.ts',
    'no-restricted-imports',
    `export type { RunRef } from '../workflow/messages.ts';\n`,
  ],
  [
    'shared/contract/planted-activities.ts',
    'no-restricted-imports',
    `export { redact } from '../activities/redact.ts';\n`,
  ],
  [
    'shared/contract/planted-node.ts',
    'no-restricted-imports',
    `export { readFileSync } from 'node:fs';\n`,
  ],
  [
    'shared/contract/families/planted-edge.ts',
    'no-restricted-imports',
    `export { createApp } from '../../../edge/app.ts';\n`,
  ],
  [
    'shared/workflow/planted-node.ts',
    'no-restricted-imports',
    `export { readFileSync } from 'node:fs';\n`,
  ],
  [
    'shared/workflow/planted-schema.ts',
    'no-restricted-imports',
    `import { SpaceliftEventSchema } from '../contract/events.ts';\nexport const schema = SpaceliftEventSchema;\n`,
  ],
  [
    'shared/workflow/planted-valibot.ts',
    'no-restricted-imports',
    `import * as v from 'valibot';\nexport const schema = v.string();\n`,
  ],
  [
    'shared/workflow/planted-activities.ts',
    'no-restricted-imports',
    `export { redact } from '../activities/redact.ts';\n`,
  ],
  [
    'shared/workflow/planted-client.ts',
    'no-restricted-imports',
    `import { Client } from '@temporalio/client';\nexport const client = new Client();\n`,
  ],
  [
    'shared/workflow/planted-clock.ts',
    'no-restricted-globals',
    `export const format = new Intl.DateTimeFormat();\n`,
  ],
  [
    'shared/workflow/planted-fetch.ts',
    'no-restricted-globals',
    `export const get = () => fetch('https://example.com');\n`,
  ],
  [
    'shared/activities/planted-node.ts',
    'no-restricted-imports',
    `export { readFileSync } from 'node:fs';\n`,
  ],
  [
    'shared/activities/planted-worker.ts',
    'no-restricted-imports',
    `export { createLog } from '../../worker/log.ts';\n`,
  ],
  [
    'shared/activities/planted-edge.ts',
    'no-restricted-imports',
    `export { createApp } from '../../edge/app.ts';\n`,
  ],
  [
    'shared/activities/spacelift/planted-worker.ts',
    'no-restricted-imports',
    `export { createLog } from '../../../worker/log.ts';\n`,
  ],
  [
    'shared/payloads/planted-node.ts',
    'no-restricted-imports',
    `export { createCipheriv } from 'node:crypto';\n`,
  ],
  [
    'shared/payloads/planted-worker.ts',
    'no-restricted-imports',
    `export { createLog } from '../../worker/log.ts';\n`,
  ],
  [
    'edge/planted-temporal.ts',
    'no-restricted-imports',
    `import { Client } from '@temporalio/client';\nexport const client = new Client();\n`,
  ],
  [
    'edge/planted-worker.ts',
    'no-restricted-imports',
    `export { createLog } from '../worker/log.ts';\n`,
  ],
  [
    'edge/planted-workflow.ts',
    'no-restricted-imports',
    `export type { RunRef } from '../shared/workflow/messages.ts';\n`,
  ],
  ['edge/planted-node.ts', 'no-restricted-imports', `export { readFileSync } from 'node:fs';\n`],
  [
    'edge/planted-sqlite.ts',
    'no-restricted-imports',
    `export { createSlots } from './sqlite/slots.ts';\n`,
  ],
  [
    'edge/inbox/planted-node.ts',
    'no-restricted-imports',
    `export { DatabaseSync } from 'node:sqlite';\n`,
  ],
  [
    'edge/sqlite/planted-hono.ts',
    'no-restricted-imports',
    `import { Hono } from 'hono';\nexport const app = new Hono();\n`,
  ],
  [
    'edge/sqlite/planted-cloudflare.ts',
    'no-restricted-imports',
    `export { createObjectInbox } from '../cloudflare/object-inbox.ts';\n`,
  ],
  [
    'edge/sqlite/planted-worker.ts',
    'no-restricted-imports',
    `export { createLog } from '../../worker/log.ts';\n`,
  ],
  ['edge/node.ts', 'no-restricted-imports', `export { createApp } from './app.ts';\n`],
  [
    'edge/cloudflare/planted-worker.ts',
    'no-restricted-imports',
    `export { createLog } from '../../worker/log.ts';\n`,
  ],
  [
    'edge/bundle/planted-edge.ts',
    'no-restricted-imports',
    `export { createApp } from '../app.ts';\n`,
  ],
  [
    'worker/planted-edge.ts',
    'no-restricted-imports',
    `export { createApp } from '../edge/app.ts';\n`,
  ],
  [
    'worker/starter/planted-edge.ts',
    'no-restricted-imports',
    `export { createApp } from '../../edge/app.ts';\n`,
  ],
  [
    'worker/planted-dev.ts',
    'no-restricted-imports',
    `export { serveSimulator } from '../dev/simulator/serve.ts';\n`,
  ],
  [
    'dev/launcher/planted-worker.ts',
    'no-restricted-imports',
    `export { createLog } from '../../worker/log.ts';\n`,
  ],
  [
    'dev/launcher/planted-edge.ts',
    'no-restricted-imports',
    `export { createApp } from '../../edge/app.ts';\n`,
  ],
  ['cli/planted-edge.ts', 'no-restricted-imports', `export { createApp } from '../edge/app.ts';\n`],
  [
    'cli/commands/planted-dev.ts',
    'no-restricted-imports',
    `export { readSecrets } from '../../dev/launcher/secrets.ts';\n`,
  ],
  [
    'cli/planted-worker.ts',
    'no-restricted-imports',
    `export { createLog } from '../worker/log.ts';\n`,
  ],
  [
    'edge/openapi/planted-app.ts',
    'no-restricted-imports',
    `export { createApp } from '../app.ts';\n`,
  ],
  [
    'edge/planted-openapi.ts',
    'no-restricted-imports',
    `export { PageSchema } from './openapi/answers.ts';\n`,
  ],
  [
    'edge/operator/planted-openapi.ts',
    'no-restricted-imports',
    `export { PageSchema } from '../openapi/answers.ts';\n`,
  ],
  [
    'shared/workflow/planted-floating.ts',
    'no-floating-promises',
    `import { sleep } from '@temporalio/workflow';\nexport function wait(): void {\n  sleep(1000);\n}\n`,
  ],
  [
    'shared/workflow/planted-floating-activity.ts',
    'no-floating-promises',
    `import { notify } from './activities.ts';\nimport type { Notice } from './ports.ts';\nexport function tell(notice: Notice): void {\n  notify(notice);\n}\n`,
  ],
  [
    'worker/planted-misused.ts',
    'no-misused-promises',
    `export const each = (list: readonly Promise<void>[]) => list.forEach(async (one) => one);\n`,
  ],
  [
    'worker/planted-any.ts',
    'no-explicit-any',
    `export const parse = (text: string): any => JSON.parse(text);\n`,
  ],
  [
    'edge/planted-non-null.ts',
    'no-non-null-assertion',
    `export const first = (list: readonly string[]) => list[0]!;\n`,
  ],
  [
    'worker/planted-ignore.ts',
    'ban-ts-comment',
    `// @ts-ignore\nexport const wrong: number = 'text';\n`,
  ],
  [
    'worker/planted-switch.ts',
    'switch-exhaustiveness-check',
    `export function say(kind: 'a' | 'b'): string {\n  switch (kind) {\n    case 'a':\n      return 'a';\n  }\n  return '';\n}\n`,
  ],
  ['worker/planted-console.ts', 'no-console', `console.log('x');\n`],
  ['edge/planted-default.ts', 'no-default-export', `export default 1;\n`],
  ['worker/plantedCase.ts', 'filename-case', `export const x = 1;\n`],
  [
    'edge/planted-cycle.ts',
    'no-cycle',
    `import { b } from './planted-cycle-back.ts';\nexport const a = (): unknown => b;\n`,
  ],
];

/** Beside the breaches: what each fence lets through, and must. */
const SOUND: readonly (readonly [path: string, source: string])[] = [
  [
    'shared/contract/planted-sound.ts',
    `import * as v from 'valibot';\nimport { SIGNALS } from './names.ts';\nexport const schema = v.picklist(Object.values(SIGNALS));\n`,
  ],
  [
    'shared/workflow/planted-sound.ts',
    `import { sleep } from '@temporalio/workflow';\nimport type { RunEvent } from '../contract/events.ts';\nimport { isTerminalState } from '../contract/states.ts';\nexport async function wait(event: RunEvent): Promise<void> {\n  if (!isTerminalState(event.state)) await sleep(1000);\n}\n`,
  ],
  [
    'shared/activities/planted-sound.ts',
    `import { log } from '@temporalio/activity';\nimport { SIGNALS } from '../contract/names.ts';\nimport type { RunRef } from '../workflow/messages.ts';\nexport const say = (run: RunRef): void => log.info(SIGNALS.failedRun, { runId: run.runId });\n`,
  ],
  [
    'edge/planted-sound.ts',
    `import { Hono } from 'hono';\nimport { WEBHOOK_WORKFLOW } from '../shared/contract/names.ts';\nexport const app = new Hono().get('/', (c) => c.text(WEBHOOK_WORKFLOW));\n`,
  ],
  [
    'edge/sqlite/planted-sound.ts',
    `import { setTimeout } from 'node:timers/promises';\nimport { backoffMs } from '../inbox/backoff.ts';\nimport { createLog } from '../log.ts';\nimport { succeed } from '../../shared/contract/result.ts';\nexport const parts = { setTimeout, backoffMs, createLog, succeed };\n`,
  ],
  [
    'edge/bundle/planted-sound.ts',
    `import { readFile } from 'node:fs/promises';\nimport { build } from 'esbuild';\nexport const parts = { readFile, build };\n`,
  ],
  [
    'cli/planted-sound.ts',
    `import { readFile } from 'node:fs/promises';\nimport { hc } from 'hono/client';\nimport type { OperatorApp } from '../edge/operator/routes.ts';\nexport const parts = { readFile, client: hc<OperatorApp>('http://edge') };\n`,
  ],
  [
    'worker/planted-sound.ts',
    `import { readFile } from 'node:fs/promises';\nimport { Client } from '@temporalio/client';\nimport { startOfLane } from '../shared/workflow/start.ts';\nexport const parts = { readFile, Client, startOfLane };\n`,
  ],
  [
    'dev/launcher/planted-sound.ts',
    `import { WEBHOOK_WORKFLOW } from '../../shared/contract/names.ts';\nexport const name = WEBHOOK_WORKFLOW;\n`,
  ],
];

/**
 * What the types of one runtime must keep out of another. Not shared/activities: the Temporal SDK brings Node's types
 * along, so only lint guards it.
 */
const FOREIGN: readonly (readonly [project: string, path: string, source: string])[] = [
  ['shared/contract', 'shared/contract/planted-types.ts', `export const id = process.pid;\n`],
  ['shared/workflow', 'shared/workflow/planted-types.ts', `export const id = process.pid;\n`],
  ['edge', 'edge/planted-types.ts', `export type Timer = NodeJS.Timeout;\n`],
  ['edge/sqlite', 'edge/sqlite/planted-types.ts', `export type Storage = DurableObjectStorage;\n`],
  ['edge/sqlite', 'edge/sqlite/planted-bun.ts', `export const { version } = Bun;\n`],
  ['worker', 'worker/planted-types.ts', `export type Storage = DurableObjectStorage;\n`],
  ['cli', 'cli/planted-types.ts', `export type Storage = DurableObjectStorage;\n`],
  ['dev', 'dev/planted-types.ts', `export type Storage = DurableObjectStorage;\n`],
];

/** Cannot find a name or a namespace, with or without advice. */
const UNKNOWN_NAME = /^([^(]+)\(\d+,\d+\): error TS(?:2304|2503|2552|2580|2591|2868):/;

type Diagnostic = { readonly code: string; readonly filename: string };

describe('oxlint', () => {
  const found = new Map<string, string[]>();

  beforeAll(async () => {
    await using project = await copyProject();
    await project.plant(
      'edge/planted-cycle-back.ts',
      `import { a } from './planted-cycle.ts';\nexport const b = (): unknown => a;\n`,
    );
    for (const [path, , source] of BREACHES) await project.plant(path, source);
    for (const [path, source] of SOUND) await project.plant(path, source);
    const files = [...BREACHES, ...SOUND].map(([path]) => path);
    const { stdout } = await project.run('oxlint', '--deny-warnings', '--format=json', ...files);
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] };
    for (const { code, filename } of diagnostics)
      found.set(filename, [...(found.get(filename) ?? []), /\(([^)]+)\)/.exec(code)?.[1] ?? code]);
  });

  test.each(BREACHES)('catches %s by %s alone', (path, rule) => {
    expect(new Set(found.get(path))).toEqual(new Set([rule]));
  });

  test.each(SOUND)('passes %s', (path) => {
    expect(found.get(path)).toBeUndefined();
  });
});

describe('tsc', () => {
  let project: Awaited<ReturnType<typeof copyProject>>;

  beforeAll(async () => {
    project = await copyProject();
    for (const [, path, source] of FOREIGN) await project.plant(path, source);
    for (const [path, source] of SOUND) await project.plant(path, source);
  });

  afterAll(() => project[Symbol.asyncDispose]());

  test.each(FOREIGN)('catches in %s what belongs to another runtime: %s', async (name, path) => {
    const { stdout } = await project.run('tsc', '-p', name, '--pretty', 'false');
    const caught = stdout.split('\n').flatMap((line) => UNKNOWN_NAME.exec(line)?.[1] ?? []);
    expect(caught).toContain(path);
    expect(stdout).not.toContain('planted-sound');
  });
});
