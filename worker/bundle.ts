/** `npm run bundle`: builds the workflow bundle that production workers load, so that none bundles at its start. */
import { mkdir, writeFile } from 'node:fs/promises';
import { bundleWorkflow } from './temporal-worker.ts';
import { markBundle } from './workflow-bundle.ts';

const OUTPUT = new URL('../dist/workflow.js', import.meta.url);

const { code } = await bundleWorkflow();
await mkdir(new URL('.', OUTPUT), { recursive: true });
await writeFile(OUTPUT, await markBundle(code));
process.stdout.write(`${OUTPUT.pathname}\n`);
