/** The command, the file that comes with the worker, and files that cannot be loaded; on Node and on Bun. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const bin = (name: string) => join(ROOT, 'node_modules/.bin', name);
const payload = (name: string) => join(ROOT, 'test/fixtures/payloads', name);
const DEFINE = join(ROOT, 'worker/reactions/define.ts');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reactions-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(args: readonly string[], env: object = {}, runtime = 'node') {
  const main = join(ROOT, 'worker/reactions/main.ts');
  try {
    const { stdout } = await promisify(execFile)(bin(runtime), [main, ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'], ...env },
    });
    return { code: 0, out: stdout };
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { code, out: stderr };
  }
}

async function fileWith(name: string, text: string) {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const PROD = `import { defineReactions } from '${DEFINE}';
export default defineReactions({
  routes: { ops: { to: 'log' } },
  rules: [
    { id: 'prod', on: 'waiting', where: { label: 'team:platform' }, do: { notify: 'ops' }, stop: true },
    { id: 'rest', on: ['waiting', 'failed'], do: { notify: 'log' } },
    { id: 'other', on: 'waiting', where: { stack: 'networ', label: 'prod' }, do: { discard: true } },
  ],
});`;

describe('npm run reactions -- check', () => {
  test.each(['node', 'bun'])('finds the file of the worker sound, on %s', async (runtime) => {
    const { code, out } = await run(['check'], {}, runtime);
    expect(out).toMatch(/worker\/reactions\.ts: 3 rules, 1 route, sound\n$/);
    expect(code).toBe(0);
  });

  test('takes the file that REACTIONS names, or the one it is given', async () => {
    const path = await fileWith('prod.ts', PROD);
    expect((await run(['check'], { REACTIONS: path })).out).toContain('prod.ts: 3 rules, 2 routes');
    expect((await run(['check', 'prod.ts'])).out).toContain('3 rules');
  });

  test.each([
    ['nowhere.ts', null, 'Cannot load reactions of', 'there is no such file'],
    ['empty.ts', 'export const x = 1;', 'Cannot load reactions of', 'it has no default export'],
    ['throws.ts', 'throw new RangeError("odd");', 'Cannot load', 'RangeError: odd'],
    [
      'faulty.ts',
      'export default { routes: {}, rules: [{ id: "a", on: "failed", do: { notify: "x" } }, { id: "b" }] };',
      'rule "b", on: is missing',
      'rule "b", do: is missing',
    ],
  ])('refuses %s in words', async (name, text, ...words) => {
    if (text !== null) await fileWith(name, text);
    const { code, out } = await run(['check', name]);
    expect(code).toBe(1);
    for (const word of words) expect(out).toContain(word);
    expect(out).not.toMatch(/^\s+at /m);
  });
});

describe('npm run reactions -- explain', () => {
  const explain = async (name: string, ...args: string[]) =>
    run(['explain', payload(name), ...args]);

  test('says which rules match a payload as Spacelift sends it, and why', async () => {
    await fileWith('prod.ts', PROD);
    const { code, out } = await explain('default-run-full.json', '--file=prod.ts');
    expect(code).toBe(0);
    expect(out).toContain(
      'waiting: run 01KAQZ7Q9M3T5V8XW2Y4Z6B8CD of network (account acme) is UNCONFIRMED, stateVersion 5',
    );
    expect(out).toContain('✓ prod: matches\n    ✓ on waiting\n    ✓ label team:platform');
    expect(out).toContain('– rest: left out, since rule prod stops');
    expect(out).toContain('Would be done, and was not:\n  notify ops (rule prod)\n');
    expect(out).not.toContain('ada');
  });

  test('says why a rule does not match', async () => {
    const path = await fileWith('other.ts', PROD.replace(', stop: true', ''));
    const { out } = await explain('default-run-full.json', `--file=${path}`);
    expect(out).toContain('✗ other: does not match\n    ✓ on waiting\n');
    expect(out).toContain('    ✗ stack networ, but it is network\n');
    expect(out).toContain('    ✗ label prod, but it is team:platform, dependsOn:accounts\n');
  });

  test.each([
    ['docs-default-run-finished.json', [], 'completed: run'],
    ['short-failed.json', ['--account=acme'], 'failed: '],
    ['docs-internal-error.json', [], 'notify log (rule no-rule)'],
    ['short-triggered.json', ['--account=acme'], 'triggered: rules do not react to this'],
    ['module-version-failed.json', [], 'module_version: '],
    ['audit-by-api-key.json', [], 'audit: '],
  ])('reads %s', async (name, args, words) => {
    const { code, out } = await explain(name, ...args);
    expect(out).toContain(words);
    expect(code).toBe(0);
  });

  test('refuses what is no payload, and no file', async () => {
    await fileWith('text.json', '{');
    expect(await run(['explain', 'text.json'])).toEqual({
      code: 1,
      out: 'Cannot read the payload: body-not-json\n',
    });
    expect((await run(['explain', 'none.json'])).out).toContain('there is no such file');
  });

  test('answers anything else with its usage', async () => {
    for (const args of [[], ['explain'], ['do'], ['check', 'a', 'b'], ['check', '--no']])
      expect((await run(args)).code, args.join(' ')).toBe(2);
  });
});
