/**
 * An esbuild plugin that leaves parts of Hono out: members of its classes for pages, forms and mounting, and with them
 * the files that only they need; and what of its own the edge replaces. No bundler drops either by itself. The build
 * fails when Hono has one of them no more, and when anything in the bundle needs one; a use of a member is told by what
 * its object is called (docs/decisions/0007).
 */
import { readFile } from 'node:fs/promises';
import type { ClassBody } from 'acorn';
import type { Plugin } from 'esbuild';
import type { Context, Hono, HonoRequest } from 'hono';
import { isRead, type NamedPart, parseModule, withoutComments, withoutParts } from './source.ts';

type LeftOut = {
  /** Of hono/dist. */
  readonly file: string;
  /** Of the class in it. */
  readonly members?: readonly string[];
  /** What an object of the class is always called by whoever uses it; none for members that no other class has. */
  readonly calledAs?: string;
  /** Constants, each with what in the bundle shows that something else is in its place. */
  readonly replaced?: Readonly<Record<string, RegExp>>;
};

const ofHono: readonly (keyof Hono)[] = ['fire', 'mount', 'request', 'route'];

const ofContext: readonly (keyof Context)[] = [
  'body',
  'event',
  'executionCtx',
  'getLayout',
  'html',
  'newResponse',
  'notFound',
  'redirect',
  'render',
  'setLayout',
  'setRenderer',
  'status',
  'text',
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

const OWN_PATH = /\bgetPath: (?!this)/;

export const LEFT_OUT: readonly LeftOut[] = [
  {
    file: 'hono-base.js',
    members: ofHono,
    replaced: { errorHandler: /\.onError\(/, notFoundHandler: /\.notFound\(/ },
  },
  { file: 'context.js', members: ofContext, calledAs: 'c' },
  { file: 'request.js', members: ofRequest, calledAs: 'req' },
  { file: 'utils/url.js', replaced: { getPath: OWN_PATH, getPathNoStrict: OWN_PATH } },
];

export const leaveOut = (leftOut = LEFT_OUT): Plugin => ({
  name: 'leave-out',
  setup(build) {
    const unread = new Set(leftOut.map(({ file }) => file));

    build.onLoad({ filter: /[\\/]hono[\\/]dist[\\/]/ }, async ({ path }) => {
      const wanted = leftOut.find(({ file }) =>
        path.replaceAll('\\', '/').endsWith(`/hono/dist/${file}`),
      );
      if (wanted === undefined) return null;
      const { file, members = [], replaced = {} } = wanted;
      unread.delete(file);
      const constants = Object.keys(replaced);
      const names = [...members, ...constants];
      const source = await readFile(path, 'utf8');
      const found = partsOf(source).filter(({ name }) => names.includes(name));
      const missing = names.filter((name) => found.every((part) => part.name !== name));
      const unset = constants.map((name) => `const ${name} = void 0;`);
      return {
        contents: unset.join('') + withoutParts(source, found),
        errors: missing.map((name) => faultOf(name, `${file} has it no more`)),
      };
    });

    build.onEnd(({ errors, outputFiles = [] }) => {
      if (errors.length > 0) return null;
      const output = outputFiles.find(({ path }) => !path.endsWith('.map'));
      const code = withoutComments(output?.text ?? '');
      return {
        errors: [
          ...[...unread].map((file) => faultOf(file, 'it is not there')),
          ...leftOut.flatMap(({ members = [], calledAs, replaced = {} }) => [
            ...members
              .filter((name) => isRead(code, name, calledAs))
              .map((name) => faultOf(name, 'it is in use')),
            ...Object.entries(replaced)
              .filter(([, sign]) => !sign.test(code))
              .map(([name]) => faultOf(name, 'nothing is in its place')),
          ]),
        ],
      };
    });
  },
});

const faultOf = (name: string, state: string) => ({ text: `Cannot leave ${name} out: ${state}` });

/** The constants of a file, and what its classes declare. */
const partsOf = (source: string): readonly NamedPart[] =>
  parseModule(source).body.flatMap((node) => {
    if (node.type !== 'VariableDeclaration') return [];
    return node.declarations.flatMap(({ id, init }) => {
      if (init?.type === 'ClassExpression') return init.body.body.flatMap(namedPart);
      return id.type === 'Identifier' ? [{ name: id.name, start: node.start, end: node.end }] : [];
    });
  });

function namedPart({ start, end, ...member }: ClassBody['body'][number]): readonly NamedPart[] {
  if (!('key' in member)) return [];
  const { key } = member;
  if (key.type === 'PrivateIdentifier') return [{ name: `#${key.name}`, start, end }];
  return key.type === 'Identifier' ? [{ name: key.name, start, end }] : [];
}
