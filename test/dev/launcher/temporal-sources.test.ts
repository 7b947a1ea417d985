import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { downloadArchive } from '../../../dev/launcher/temporal-sources.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const CLI = '#!/bin/sh\necho "temporal version 1.2.3"\n';

async function serve(answer: RequestListener) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    asked,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function makeArchive(directory: string): Promise<Buffer> {
  const source = join(directory, 'source');
  await mkdir(source);
  await writeFile(join(source, 'temporal'), CLI);
  await writeFile(join(source, 'LICENSE'), '');
  await chmod(join(source, 'temporal'), 0o644);
  const archive = join(directory, 'made.tar.gz');
  await promisify(execFile)('tar', ['-czf', archive, '-C', source, 'temporal', 'LICENSE']);
  return readFile(archive);
}

test('downloadArchive() follows a redirect and leaves an executable CLI', async () => {
  await using directory = await temporaryDirectory();
  const archive = await makeArchive(directory.path);
  await using server = await serve((request, response) => {
    if (request.url === '/archive') response.end(archive);
    else response.writeHead(302, { Location: '/archive' }).end();
  });
  const target = join(directory.path, 'target');
  await mkdir(target);
  const progress: string[] = [];
  await downloadArchive('v1.2.3', target, (text) => progress.push(text), server.origin);

  const { stdout } = await promisify(execFile)(join(target, 'temporal'), ['--version']);
  expect(stdout).toBe('temporal version 1.2.3\n');
  expect(server.asked[0]).toMatch(/^\/cli\/archive\/v1\.2\.3\?platform=\w+&arch=\w+$/);
  expect(progress[0]).toContain('downloading');
  expect(await readdir(target)).not.toContain('temporal.tar.gz');
});

test('downloadArchive() names a status that is not 200', async () => {
  await using directory = await temporaryDirectory();
  await using server = await serve((_, response) => response.writeHead(404).end());
  await expect(downloadArchive('v1.2.3', directory.path, () => {}, server.origin)).rejects.toThrow(
    'status is 404',
  );
});

test('downloadArchive() refuses an archive that breaks off', async () => {
  await using directory = await temporaryDirectory();
  const archive = await makeArchive(directory.path);
  await using server = await serve((_, response) => {
    response.writeHead(200, { 'Content-Length': archive.byteLength });
    response.write(archive.subarray(0, 50), () => response.destroy());
  });
  await expect(
    downloadArchive('v1.2.3', directory.path, () => {}, server.origin),
  ).rejects.toThrow();
});

test('downloadArchive() gives up within seconds on a server that does not answer', async () => {
  await using directory = await temporaryDirectory();
  await using server = await serve(() => {});
  const startedAt = Date.now();
  await expect(downloadArchive('v1.2.3', directory.path, () => {}, server.origin)).rejects.toThrow(
    'within 5 s',
  );
  expect(Date.now() - startedAt).toBeLessThan(8000);
});
