/**
 * The deployed bundle on a plain workerd, without wrangler's proxy in front: what answers is workerd's own HTTP parser.
 * Objects are stored on disk, so that a killed process leaves its state behind.
 */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { workerdConfig } from '../../../dev/bench/receiving/workerd-config.ts';
import type { Served } from './runtimes.ts';

const OBJECTS = [
  { binding: 'INBOX', className: 'InboxObject' },
  { binding: 'INBOX_DIRECTORY', className: 'InboxDirectory' },
];

/** Writes the configuration into the state directory; workerd takes a free port and tells it on standard output. */
export async function workerdCommand({ env, stateDirectory, boundStarterPort }: Served) {
  const storageDirectory = join(stateDirectory, 'objects');
  await mkdir(storageDirectory, { recursive: true });
  const { file, workerd, compatibilityDate, compatibilityFlags } = inject('edgeBundle');
  await copyFile(file, join(stateDirectory, 'index.js'));
  const config = workerdConfig({
    port: 0,
    module: 'index.js',
    compatibilityDate,
    compatibilityFlags,
    variables: env,
    objects: OBJECTS,
    storageDirectory,
    canFetch: true,
    services:
      boundStarterPort === null
        ? []
        : [{ binding: 'STARTER', address: `127.0.0.1:${boundStarterPort}` }],
  });
  const configFile = join(stateDirectory, 'config.capnp');
  await writeFile(configFile, config, { mode: 0o600 });
  return { command: workerd, args: ['serve', configFile, '--control-fd=1'] };
}
