/**
 * The edge as one file for Workers: bundled by esbuild, as wrangler would, and minified by swc, whose output is smaller
 * by a twentieth once compressed (docs/decisions/0007). The source map stays outside, so stack traces cost no bytes.
 */
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';
import { build } from 'esbuild';
import { leaveOut } from './leave-out.ts';
import { quietValibot } from './quiet-valibot.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What workerd runs as it is. */
const TARGET = 'es2022';

/** Fields are those of esbuild's metafile: which files the bundle is made of, among others. */
export type EdgeBundle = {
  readonly code: string;
  readonly sourceMap: string;
  readonly metafile: { readonly inputs: Readonly<Record<string, unknown>> };
};

/** Another entry gives what the edge is measured beside, made as the edge is. */
export async function bundleEdge(entry = 'edge/index.ts'): Promise<EdgeBundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile: 'dist/edge/index.js',
    write: false,
    bundle: true,
    format: 'esm',
    target: TARGET,
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*'],
    sourcemap: 'external',
    metafile: true,
    logLevel: 'silent',
    plugins: [leaveOut(), quietValibot()],
  });
  const [inputSourceMap = '', bundled = ''] = outputFiles.map(({ text }) => text);
  const { code, map = '' } = await transform(bundled, {
    swcrc: false,
    configFile: false,
    isModule: true,
    sourceMaps: true,
    inputSourceMap,
    minify: true,
    jsc: {
      target: TARGET,
      minify: { module: true, compress: { passes: 3 }, mangle: true, format: { comments: false } },
    },
  });
  return { code, sourceMap: map, metafile };
}
