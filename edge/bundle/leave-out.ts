/**
 * An esbuild plugin that leaves out what Hono brings for pages, forms and mounting. No line of the edge calls it, but
 * methods of Hono's classes refer to it, so no bundler drops it by itself. Functions left out throw when they are called;
 * a file that Hono does not have any more fails the build.
 */
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';

/** Files of Hono, under hono/dist. */
export const LEFT_OUT = [
  'helper/route/index.js',
  'http-exception.js',
  'utils/body.js',
  'utils/html.js',
  'utils/mount.js',
] as const;

const HONO = fileURLToPath(new URL('.', import.meta.resolve('hono')));

export const leaveOut = (files: readonly string[] = LEFT_OUT): Plugin => ({
  name: 'leave-out',
  setup(build) {
    const missing = new Set(files.map((file) => `${HONO}${file}`));

    build.onLoad({ filter: /[\\/]hono[\\/]dist[\\/]/ }, async ({ path }) => {
      if (!missing.delete(path)) return null;
      const names = Object.keys((await import(pathToFileURL(path).href)) as object);
      return {
        contents: `export { ${names.map((name) => `leftOut as ${name}`).join()} } from './left-out.ts';`,
        resolveDir: import.meta.dirname,
      };
    });

    build.onEnd(({ errors }) => {
      if (errors.length > 0) return null;
      return {
        errors: [...missing].map((path) => ({
          text: `Cannot leave out ${path}: the bundle has no such file`,
        })),
      };
    });
  },
});
