/** The recorded histories, by `<version>/<name>`; whoever replays them reads them here. */
import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('./', import.meta.url);

export const histories: readonly string[] = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && /^\d/.test(entry.name))
  .flatMap(({ name }) => readdirSync(new URL(`${name}/`, FOLDER)).map((file) => `${name}/${file}`));

export const readHistory = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'));
