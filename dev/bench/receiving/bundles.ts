/**
 * The Workers as they are deployed, and wrangler's own workerd to serve them: another one could be older or newer than
 * what the edge is developed against.
 */
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { unstable_readConfig as readWranglerConfig } from 'wrangler';
import { bundleEdge } from '../../../edge/bundle/bundle.ts';
import { PROJECT_ROOT } from '../../launcher/toolchain.ts';
import type { WorkerName } from './contenders.ts';
import type { WorkerdSettings } from './workerd-config.ts';

export type Bundle = Pick<
  WorkerdSettings,
  'compatibilityDate' | 'compatibilityFlags' | 'objects'
> & { readonly file: string };

/** wrangler's own type of it is lost where Workers' types are not at hand. */
type ObjectBinding = { readonly name: string; readonly class_name: string };

export type Bundles = Readonly<Record<WorkerName, Bundle>>;

const WORKERS = 'dev/bench/receiving/workers';

/** Bundles the edge and, with its settings, the Workers it is set against. */
export async function bundleWorkers(folder: string): Promise<Bundles> {
  const config = readWranglerConfig({ config: join(PROJECT_ROOT, 'wrangler.toml') });
  const bindings: readonly ObjectBinding[] = config.durable_objects.bindings;
  const bundle = async (
    name: WorkerName,
    entry: string,
    bundler: (entry: string) => Promise<string>,
    objects: Bundle['objects'] = [],
  ): Promise<Bundle> => {
    const file = join(folder, `${name}.js`);
    await writeFile(file, await bundler(entry));
    return {
      file,
      compatibilityDate: config.compatibility_date ?? '',
      compatibilityFlags: config.compatibility_flags,
      objects,
    };
  };
  return {
    bare: await bundle('bare', `${WORKERS}/bare.ts`, bundlePlain),
    verify: await bundle('verify', `${WORKERS}/verify.ts`, bundleAsEdge),
    insert: await bundle('insert', `${WORKERS}/insert.ts`, bundlePlain, [
      { binding: 'ROWS', className: 'Rows' },
    ]),
    edge: await bundle(
      'edge',
      'edge/index.ts',
      bundleAsEdge,
      bindings.map(({ name, class_name }) => ({ binding: name, className: class_name })),
    ),
  };
}

const bundleAsEdge = async (entry: string) => (await bundleEdge(entry)).code;

/** For a Worker without a library in it. */
async function bundlePlain(entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: PROJECT_ROOT,
    entryPoints: [entry],
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    external: ['cloudflare:*'],
  });
  return outputFiles.map(({ text }) => text).join('');
}

/** The binary that wrangler's miniflare would start. */
export function workerdPath(): string {
  const ofWrangler = createRequire(createRequire(import.meta.url).resolve('wrangler'));
  const ofMiniflare = createRequire(ofWrangler.resolve('miniflare'));
  const { default: path } = ofMiniflare('workerd') as { readonly default: string };
  return path;
}
