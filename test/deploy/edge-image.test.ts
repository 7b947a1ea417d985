import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodePath } from '../../dev/launcher/toolchain.ts';
import { startProcess } from '../worker/processes.ts';
import { capturesOf, read, ROOT } from './files.ts';

const DOCKERFILE = read('deploy/edge.Dockerfile');

/** What the last stage copies, from the build or from the repository; `npm ci` puts the same there as is here. */
const COPIED = capturesOf(
  DOCKERFILE.slice(DOCKERFILE.lastIndexOf('FROM')),
  /^COPY (?:--from=build \/app\/)?(\S+)/gm,
);

describe('deploy/edge.Dockerfile', () => {
  test('copies all that its entry point loads', async () => {
    const root = mkdtempSync(join(tmpdir(), 'edge-image-'));
    try {
      for (const path of COPIED) {
        const target = join(root, path.replace(/\/$/, ''));
        mkdirSync(dirname(target), { recursive: true });
        symlinkSync(join(ROOT, path), target);
      }
      const [, script = ''] = /^ENTRYPOINT \["node", "([^"]+)"\]$/m.exec(DOCKERFILE) ?? [];
      // Links count as the places they stand at, as if they were copies.
      const args = ['--preserve-symlinks', '--preserve-symlinks-main', join(root, script)];
      await using edge = startProcess(nodePath(), args, {
        EDGE_PORT: '0',
        EDGE_STATE_DIRECTORY: join(root, 'data'),
        SPACELIFT_WEBHOOK_SECRET: 'secret',
      });
      const { url } = await edge.line('edge listening');
      expect((await fetch(`${String(url)}/healthz`)).status).toBe(200);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});
