/** Bundles the edge once as a deployment would, before any suite of the project starts it on workerd. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { unstable_readConfig as readWranglerConfig } from 'wrangler';
import { workerdPath } from '../../dev/bench/receiving/bundles.ts';
import {
  inheritedEnv,
  nodePath,
  PROJECT_ROOT,
  wranglerScript,
} from '../../dev/launcher/toolchain.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly edgeBundle: {
      readonly file: string;
      /** The binary that wrangler would start; looking for it loads wrangler, which takes its time. */
      readonly workerd: string;
      readonly compatibilityDate: string;
      readonly compatibilityFlags: readonly string[];
    };
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'runtimes-bundle-'));
  const config = join(PROJECT_ROOT, 'wrangler.toml');
  await promisify(execFile)(
    nodePath(),
    [wranglerScript(), 'deploy', '--dry-run', `--config=${config}`, `--outdir=${folder}`],
    {
      cwd: PROJECT_ROOT,
      env: { ...inheritedEnv(process.env), WRANGLER_SEND_METRICS: 'false' },
    },
  );
  const { compatibility_date, compatibility_flags } = readWranglerConfig({ config });
  project.provide('edgeBundle', {
    file: join(folder, 'index.js'),
    workerd: workerdPath(),
    compatibilityDate: compatibility_date ?? '',
    compatibilityFlags: compatibility_flags,
  });
  return () => rm(folder, { recursive: true, force: true });
}
