/** `npm run reactions`: checks the reactions file, or explains what it makes of a payload. Never does what a rule says. */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ConfigurationError, type Env, withoutEmpty } from '../variables.ts';
import { explainPayload } from './explain.ts';
import { loadReactions, pathOfReactions } from './load.ts';

const EXIT = { fine: 0, refused: 1, usage: 2 } as const;

const USAGE = `npm run reactions -- check [file]
npm run reactions -- explain <payload.json> [--file=<file>] [--account=<account>]

check    whether the reactions file is sound: worker/reactions.ts, or the one REACTIONS names
explain  which rules match a payload as Spacelift sends it, and why; what would be done
         --account is the webhook's, for a payload that names none`;

process.exitCode = await run(process.argv.slice(2), withoutEmpty(process.env));

async function run(args: readonly string[], env: Env): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        file: { type: 'string' },
        account: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const [command, path, ...rest] = positionals;
    if (values.help === true) return say(USAGE);
    if (rest.length > 0) return misused();
    if (command === 'check') return await check(path ?? env['REACTIONS']);
    if (command === 'explain' && path !== undefined)
      return await explain(path, values.file ?? env['REACTIONS'], values.account ?? null, env);
    return misused();
  } catch (error) {
    if (error instanceof ConfigurationError) return complain(error.message, EXIT.refused);
    if (error instanceof TypeError && 'code' in error) return complain(error.message, EXIT.usage);
    throw error;
  }
}

async function check(file: string | undefined): Promise<number> {
  const path = pathOfReactions(file);
  const { rules, routes } = await loadReactions(path);
  const counts = [countOf(rules.length, 'rule'), countOf(Object.keys(routes).length, 'route')];
  return say(`${path}: ${counts.join(', ')}, sound`);
}

async function explain(
  payload: string,
  file: string | undefined,
  account: string | null,
  env: Env,
): Promise<number> {
  const reactions = await loadReactions(pathOfReactions(file));
  const ownKeys = Object.entries(env).flatMap(([name, value]) =>
    name.startsWith('SPACELIFT_API_KEY_ID') ? [value] : [],
  );
  const body = await readFile(payload).catch(() => null);
  if (body === null) return complain(`Cannot read ${payload}: there is no such file`, EXIT.refused);
  const { isReadable, lines } = explainPayload(body, account, reactions, (_, keyId) =>
    ownKeys.includes(keyId),
  );
  const told = lines.join('\n');
  return isReadable ? say(told) : complain(told, EXIT.refused);
}

function say(text: string): number {
  process.stdout.write(`${text}\n`);
  return EXIT.fine;
}

function misused(): number {
  return complain(USAGE, EXIT.usage);
}

function complain(text: string, exitCode: number): number {
  process.stderr.write(`${text}\n`);
  return exitCode;
}

function countOf(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
