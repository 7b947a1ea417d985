/** What the plugins of this folder do with the JavaScript of packages: find parts, blank them out, see what is used. */
import { type Options, parse, type Program, type Token, tokTypes } from 'acorn';

const SYNTAX: Options = { ecmaVersion: 'latest', sourceType: 'module' };

export type Part = { readonly name: string; readonly start: number; readonly end: number };

export const parseModule = (source: string): Program => parse(source, SYNTAX);

/** The source without these parts; every line stays where it is, for the source map. */
export const withoutParts = (source: string, parts: readonly Part[]): string =>
  parts.reduce(
    (text, { start, end }) =>
      text.slice(0, start) + text.slice(start, end).replaceAll(/./g, ' ') + text.slice(end),
    source,
  );

export type Use = { readonly owner: string | undefined; readonly member: string };

/** Every word that follows a dot, and what stands before the dot. */
export function usesIn(code: string): readonly Use[] {
  const tokens: Token[] = [];
  parse(code, { ...SYNTAX, onToken: tokens });
  const dots: readonly unknown[] = [tokTypes.dot, tokTypes.questionDot];
  const textOf = (token: Token | undefined) => token && code.slice(token.start, token.end);
  return tokens.flatMap(({ start, end }, index) =>
    dots.includes(tokens[index - 1]?.type)
      ? [{ owner: textOf(tokens[index - 2]), member: code.slice(start, end) }]
      : [],
  );
}
