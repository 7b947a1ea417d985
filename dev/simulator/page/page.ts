/**
 * The page at `/`: three files as they are and one bundled from TypeScript when first asked for. It holds no state and
 * does nothing that the control API does not.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Hono } from 'hono';

const CONTENT_POLICY =
  "default-src 'none'; connect-src 'self'; img-src data:; script-src 'self'; style-src 'self'; frame-ancestors 'none'";

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');

/** Once a process: whoever never opens the page does not wait for the bundler either. */
let script: Promise<string> | undefined;

async function bundleScript(): Promise<string> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('client/main.ts', import.meta.url))],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  return outputFiles.map(({ text }) => text).join('\n');
}

export function createPage(): Hono {
  const page = new Hono();
  page.get('/', (c) =>
    c.html(read('page.html'), 200, { 'Content-Security-Policy': CONTENT_POLICY }),
  );
  page.get('/page.css', (c) => c.body(read('page.css'), 200, { 'Content-Type': 'text/css' }));
  page.get('/page.js', async (c) => {
    script ??= bundleScript();
    return c.body(await script, 200, { 'Content-Type': 'text/javascript' });
  });
  return page;
}
