/**
 * The Workers as wrangler bundles them for a deployment, and wrangler's own workerd to serve them: another one could be
 * older or newer than what the edge is developed against.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { unstable_readConfig as readWranglerConfig, type Unstable_Config } from 'wrangler';
import { inheritedEnv, nodePath, PROJECT_ROOT, wranglerScript } from '../../launcher/toolchain.ts';
import type { WorkerName } from './contenders.ts';
import type { WorkerdSettings } from './workerd-config.ts';

export type Bundle = Pick<
  WorkerdSettings,
  'compatibilityDate' | 'compatibilityFlags' | 'objects'
> & { readonly file: string };

/** wrangler's own type of it is lost where Workers' types are not at hand. */
type ObjectBinding = { readonly name: string; readonly class_name: string };

export type Bundles = Readonly<Record<WorkerName, Bundle>>;

/** Bundles the edge and, with its settings, the Workers it is set against. */
export async function bundleWorkers(folder: string): Promise<Bundles> {
  const config = readWranglerConfig({ config: join(PROJECT_ROOT, 'wrangler.toml') });
  const bindings: readonly ObjectBinding[] = config.durable_objects.bindings;
  const objects = bindings.map((binding) => ({
    binding: binding.name,
    className: binding.class_name,
  }));
  const own = (file: string) => fileURLToPath(new URL(`workers/${file}`, import.meta.url));
  const bundle = async (main: string, objects: Bundle['objects'] = []): Promise<Bundle> => ({
    file: await runWrangler(config, main, folder),
    compatibilityDate: config.compatibility_date ?? '',
    compatibilityFlags: config.compatibility_flags,
    objects,
  });
  return {
    bare: await bundle(own('bare.ts')),
    verify: await bundle(own('verify.ts')),
    insert: await bundle(own('insert.ts'), [{ binding: 'ROWS', className: 'Rows' }]),
    edge: await bundle(config.main ?? '', objects),
  };
}

/** Bundles one entry with the settings of the deployment; answers the path of the bundle. */
async function runWrangler(
  { compatibility_date, compatibility_flags, minify, keep_names }: Unstable_Config,
  main: string,
  folder: string,
): Promise<string> {
  const name = basename(main, '.ts');
  const configFile = join(folder, `${name}.json`);
  const settings = { name, main, compatibility_date, compatibility_flags, minify, keep_names };
  await writeFile(configFile, JSON.stringify(settings));
  const outdir = join(folder, name);
  await promisify(execFile)(
    nodePath(),
    [wranglerScript(), 'deploy', '--dry-run', '--config', configFile, '--outdir', outdir],
    { env: { ...inheritedEnv(process.env), WRANGLER_SEND_METRICS: 'false' } },
  );
  return join(outdir, `${name}.js`);
}

/** The binary that wrangler's miniflare would start. */
export function workerdPath(): string {
  const ofWrangler = createRequire(createRequire(import.meta.url).resolve('wrangler'));
  const ofMiniflare = createRequire(ofWrangler.resolve('miniflare'));
  const { default: path } = ofMiniflare('workerd') as { readonly default: string };
  return path;
}
