/**
 * An esbuild plugin that leaves members of Hono's classes out: those for pages, forms and mounting, and with them the
 * files that only they need. No bundler drops members by itself. The build fails when Hono has one of them no more, and
 * when anything in the bundle uses one.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Options, parse, type Token, tokTypes } from 'acorn';
import type { Plugin } from 'esbuild';
import type { Context, Hono, HonoRequest } from 'hono';

type LeftOut = Readonly<Record<string, readonly string[]>>;

/** By file of hono/dist. Only names that mean nothing else in the bundle, so that a use of them can be told. */
export const LEFT_OUT = {
  'hono-base.js': ['fire', 'mount', 'request'] satisfies (keyof Hono)[],
  'context.js': [
    'event',
    'getLayout',
    'html',
    'redirect',
    'render',
    'setLayout',
    'setRenderer',
    'var',
  ] satisfies (keyof Context)[],
  'request.js': [
    'blob',
    'bytes',
    'formData',
    'matchedRoutes',
    'parseBody',
    'queries',
    'routePath',
  ] satisfies (keyof HonoRequest)[],
} as const satisfies LeftOut;

export const leaveOut = (leftOut: LeftOut = LEFT_OUT): Plugin => ({
  name: 'leave-out',
  setup(build) {
    const unread = new Set(Object.keys(leftOut));

    build.onLoad({ filter: /[\\/]hono[\\/]dist[\\/][\w-]+\.js$/ }, async ({ path }) => {
      const file = basename(path);
      const names = leftOut[file] ?? [];
      unread.delete(file);
      const source = await readFile(path, 'utf8');
      const found = membersOf(source).filter(({ name }) => names.includes(name));
      const missing = names.filter((name) => found.every((member) => member.name !== name));
      return {
        contents: found.reduce(blankOut, source),
        errors: missing.map((name) => faultOf(name, `${file} has it no more`)),
      };
    });

    build.onEnd(({ errors, outputFiles = [] }) => {
      if (errors.length > 0) return null;
      const code = outputFiles.find(({ path }) => !path.endsWith('.map'))?.text ?? '';
      const read = membersReadIn(code);
      return {
        errors: [
          ...[...unread].map((file) => faultOf(file, 'it is not there')),
          ...Object.values(leftOut)
            .flat()
            .filter((name) => read.has(name))
            .map((name) => faultOf(name, 'it is in use')),
        ],
      };
    });
  },
});

const faultOf = (name: string, state: string) => ({ text: `Cannot leave ${name} out: ${state}` });

const SYNTAX: Options = { ecmaVersion: 'latest', sourceType: 'module' };

type Member = { readonly name: string; readonly start: number; readonly end: number };

/** What the classes of a file declare. */
const membersOf = (source: string): readonly Member[] =>
  parse(source, SYNTAX)
    .body.flatMap((node) => (node.type === 'VariableDeclaration' ? node.declarations : []))
    .flatMap(({ init }) => (init?.type === 'ClassExpression' ? init.body.body : []))
    .flatMap((member) =>
      'key' in member && member.key.type === 'Identifier'
        ? [{ name: member.key.name, start: member.start, end: member.end }]
        : [],
    );

/** Keeps every line where it is, for the source map. */
const blankOut = (source: string, { start, end }: Member): string =>
  source.slice(0, start) + source.slice(start, end).replaceAll(/./g, ' ') + source.slice(end);

/** Every word that follows a dot. */
function membersReadIn(code: string): ReadonlySet<string> {
  const tokens: Token[] = [];
  parse(code, { ...SYNTAX, onToken: tokens });
  const dots: readonly unknown[] = [tokTypes.dot, tokTypes.questionDot];
  const words = tokens.filter((_, index) => dots.includes(tokens[index - 1]?.type));
  return new Set(words.map(({ start, end }) => code.slice(start, end)));
}
