/** What the plugins of this folder do with the JavaScript of packages: find a part by its name, and blank it out. */
import { type Options, parse, type Program } from 'acorn';

export const SYNTAX: Options = { ecmaVersion: 'latest', sourceType: 'module' };

export type Part = { readonly name: string; readonly start: number; readonly end: number };

export const parseModule = (source: string): Program => parse(source, SYNTAX);

/** The source without these parts; every line stays where it is, for the source map. */
export const withoutParts = (source: string, parts: readonly Part[]): string =>
  parts.reduce(
    (text, { start, end }) =>
      text.slice(0, start) + text.slice(start, end).replaceAll(/./g, ' ') + text.slice(end),
    source,
  );
