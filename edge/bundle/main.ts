/**
 * Writes dist/edge/, the edge as it is deployed and as `wrangler dev` serves it: wrangler.toml names this as its build
 * command. Each file appears whole, whoever else builds at the same time.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleEdge } from './bundle.ts';

const FOLDER = fileURLToPath(new URL('../../dist/edge/', import.meta.url));

async function write(name: string, text: string): Promise<void> {
  const draft = `${FOLDER}${name}.${process.pid}`;
  await writeFile(draft, text);
  await rename(draft, `${FOLDER}${name}`);
}

try {
  const { code, sourceMap, metafile } = await bundleEdge();
  await mkdir(FOLDER, { recursive: true });
  await write('metafile.json', JSON.stringify(metafile));
  await write('index.js.map', sourceMap);
  await write('index.js', `${code}\n//# sourceMappingURL=index.js.map\n`);
} catch (error) {
  process.stderr.write(`Cannot bundle the edge: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
