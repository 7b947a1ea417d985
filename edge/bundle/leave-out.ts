/**
 * An esbuild plugin that leaves members of Hono's classes out: those for pages, forms and mounting, and with them the
 * files that only they need. No bundler drops members by itself. The build fails when Hono has one of them no more, and
 * when anything in the bundle uses one.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Plugin } from 'esbuild';
import type { Context, Hono, HonoRequest } from 'hono';
import { type Part, parseModule, usesIn, withoutParts } from './source.ts';

type LeftOut = {
  /** Of hono/dist; the class is in it. */
  readonly file: string;
  /** What an object of the class is always called by whoever uses it; null for members that no other class has. */
  readonly calledAs: string | null;
  readonly members: readonly string[];
};

const ofHono: readonly (keyof Hono)[] = ['fire', 'mount', 'request'];

const ofContext: readonly (keyof Context)[] = [
  'body',
  'event',
  'executionCtx',
  'getLayout',
  'html',
  'notFound',
  'redirect',
  'render',
  'setLayout',
  'setRenderer',
  'status',
  'var',
];

/** The edge reads bodies, headers and query from the request itself. */
const ofRequest: readonly ((keyof HonoRequest & string) | '#cachedBody')[] = [
  '#cachedBody',
  'arrayBuffer',
  'blob',
  'bytes',
  'formData',
  'header',
  'json',
  'matchedRoutes',
  'method',
  'parseBody',
  'queries',
  'query',
  'routePath',
  'text',
];

export const LEFT_OUT: readonly LeftOut[] = [
  { file: 'hono-base.js', calledAs: null, members: ofHono },
  { file: 'context.js', calledAs: 'c', members: ofContext },
  { file: 'request.js', calledAs: 'req', members: ofRequest },
];

export const leaveOut = (leftOut = LEFT_OUT): Plugin => ({
  name: 'leave-out',
  setup(build) {
    const unread = new Set(leftOut.map(({ file }) => file));

    build.onLoad({ filter: /[\\/]hono[\\/]dist[\\/][\w-]+\.js$/ }, async ({ path }) => {
      const file = basename(path);
      const names = leftOut.find((each) => each.file === file)?.members ?? [];
      unread.delete(file);
      const source = await readFile(path, 'utf8');
      const found = membersOf(source).filter(({ name }) => names.includes(name));
      const missing = names.filter((name) => found.every((member) => member.name !== name));
      return {
        contents: withoutParts(source, found),
        errors: missing.map((name) => faultOf(name, `${file} has it no more`)),
      };
    });

    build.onEnd(({ errors, outputFiles = [] }) => {
      if (errors.length > 0) return null;
      const code = outputFiles.find(({ path }) => !path.endsWith('.map'))?.text ?? '';
      const uses = usesIn(code);
      const used = leftOut.flatMap(({ calledAs, members }) =>
        members.filter((name) =>
          uses.some((use) => use.member === name && (calledAs ?? use.owner) === use.owner),
        ),
      );
      return {
        errors: [
          ...[...unread].map((file) => faultOf(file, 'it is not there')),
          ...used.map((name) => faultOf(name, 'it is in use')),
        ],
      };
    });
  },
});

const faultOf = (name: string, state: string) => ({ text: `Cannot leave ${name} out: ${state}` });

/** What the classes of a file declare. */
const membersOf = (source: string): readonly Part[] =>
  parseModule(source)
    .body.flatMap((node) => (node.type === 'VariableDeclaration' ? node.declarations : []))
    .flatMap(({ init }) => (init?.type === 'ClassExpression' ? init.body.body : []))
    .flatMap(({ start, end, ...member }) => {
      if (!('key' in member)) return [];
      const { key } = member;
      if (key.type === 'PrivateIdentifier') return [{ name: `#${key.name}`, start, end }];
      return key.type === 'Identifier' ? [{ name: key.name, start, end }] : [];
    });
