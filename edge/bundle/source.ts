/** What the plugins of this folder do with JavaScript: find parts of it, blank them out, read it without comments. */
import { type Comment, type Options, parse, type Program } from 'acorn';

const SYNTAX: Options = { ecmaVersion: 'latest', sourceType: 'module' };

export type Part = { readonly start: number; readonly end: number };

export type NamedPart = Part & { readonly name: string };

export const parseModule = (source: string): Program => parse(source, SYNTAX);

/** The source without these parts; every line stays where it is, for the source map. */
export const withoutParts = (source: string, parts: readonly Part[]): string =>
  parts.reduce(
    (text, { start, end }) =>
      text.slice(0, start) + text.slice(start, end).replaceAll(/./g, ' ') + text.slice(end),
    source,
  );

export function withoutComments(source: string): string {
  const comments: Comment[] = [];
  parse(source, { ...SYNTAX, onComment: comments });
  return withoutParts(source, comments);
}

/** Whether a member of this name is read, of an object of this name if one is given; of a bundle without comments. */
export const isRead = (code: string, member: string, owner = ''): boolean =>
  new RegExp(`${owner && '\\b'}${owner}(?<!\\.)\\??\\.${member}\\b`).test(code);
