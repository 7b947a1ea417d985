/**
 * An esbuild plugin that leaves out of valibot what nobody reads: messages, and what schemas tell of themselves. Some of
 * its functions give way to those of valibot-functions.ts. The build fails when valibot has one of them no more, and when
 * anything in the bundle reads what is left out; what remains is tested on the bundle.
 */
import { readFile } from 'node:fs/promises';
import type { Node, ObjectExpression } from 'acorn';
import type { Plugin } from 'esbuild';
import { isRead, type NamedPart, parseModule, withoutComments, withoutParts } from './source.ts';
import * as functions from './valibot-functions.ts';

/** Of schemas, of issues and of the steps of their paths. */
const PROPERTIES = ['async', 'expected', 'expects', 'input', 'origin', 'received', 'reference'];

export const quietValibot = (
  replaced = Object.keys(functions),
  properties: readonly string[] = PROPERTIES,
): Plugin => ({
  name: 'quiet-valibot',
  setup(build) {
    let isDone = false;

    build.onLoad({ filter: /[\\/]valibot[\\/]dist[\\/]index\.mjs$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const found = [...functionsOf(source, replaced), ...propertiesOf(source, properties)];
      const missing = [...replaced, ...properties].filter((name) =>
        found.every((part) => part.name !== name),
      );
      isDone = true;
      const ours = `import { ${replaced.join()} } from './valibot-functions.ts';`;
      return {
        contents: ours + withoutParts(source, found),
        resolveDir: import.meta.dirname,
        errors: missing.map((name) => faultOf(name, 'valibot has it no more')),
      };
    });

    build.onEnd(({ errors, outputFiles = [] }) => {
      if (errors.length > 0) return null;
      if (!isDone) return { errors: [faultOf('parts of valibot', 'it is not there')] };
      const output = outputFiles.find(({ path }) => !path.endsWith('.map'));
      const code = withoutComments(output?.text ?? '');
      const used = properties.filter((name) => isRead(code, name));
      return { errors: used.map((name) => faultOf(name, 'it is in use')) };
    });
  },
});

const faultOf = (name: string, state: string) => ({ text: `Cannot leave ${name} out: ${state}` });

const functionsOf = (source: string, names: readonly string[]): readonly NamedPart[] =>
  parseModule(source).body.flatMap((node) =>
    node.type === 'FunctionDeclaration' && names.includes(node.id.name)
      ? [{ name: node.id.name, start: node.start, end: node.end }]
      : [],
  );

/** Each with the comma behind it. */
const propertiesOf = (source: string, names: readonly string[]): readonly NamedPart[] =>
  [...nodesIn(parseModule(source))]
    .filter((node): node is ObjectExpression => node.type === 'ObjectExpression')
    .flatMap(({ properties }) => properties)
    .flatMap((node) =>
      node.type === 'Property' && node.key.type === 'Identifier' && names.includes(node.key.name)
        ? [{ name: node.key.name, start: node.start, end: endWithComma(source, node.end) }]
        : [],
    );

const endWithComma = (source: string, end: number) => (source[end] === ',' ? end + 1 : end);

function* nodesIn(tree: unknown): Generator<Node> {
  if (typeof tree !== 'object' || tree === null) return;
  if ('type' in tree) yield tree as Node;
  for (const branch of Object.values(tree)) yield* nodesIn(branch);
}
