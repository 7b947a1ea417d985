/**
 * An esbuild plugin that puts the functions of valibot-functions.ts in the place of valibot's own. The build fails when
 * valibot has one of them no more; what it then does with others is tested on the bundle.
 */
import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';
import { parseModule, withoutParts } from './source.ts';
import * as functions from './valibot-functions.ts';

export const quietValibot = (names: readonly string[] = Object.keys(functions)): Plugin => ({
  name: 'quiet-valibot',
  setup(build) {
    let isDone = false;

    build.onLoad({ filter: /[\\/]valibot[\\/]dist[\\/]index\.mjs$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const found = parseModule(source).body.flatMap((node) =>
        node.type === 'FunctionDeclaration' && names.includes(node.id.name)
          ? [{ name: node.id.name, start: node.start, end: node.end }]
          : [],
      );
      isDone = true;
      const missing = names.filter((name) => found.every((each) => each.name !== name));
      const ours = `import { ${names.join()} } from './valibot-functions.ts';`;
      return {
        contents: ours + withoutParts(source, found),
        resolveDir: import.meta.dirname,
        errors: missing.map((name) => ({ text: `Cannot replace ${name}: valibot has it no more` })),
      };
    });

    build.onEnd(() =>
      isDone
        ? null
        : { errors: [{ text: 'Cannot replace functions of valibot: it is not there' }] },
    );
  },
});
