/** `npm run openapi`: writes docs/openapi.json. The test beside it fails while the file is not what this would write. */
import { readFile, writeFile } from 'node:fs/promises';
import { createDocument } from '../../edge/openapi/document.ts';

const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
await writeFile('docs/openapi.json', `${JSON.stringify(createDocument(version), null, 2)}\n`);
