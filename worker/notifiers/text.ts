/** Texts from outside, made fit for an outlet: what is cut is marked, what is invisible and could mislead is taken out. */

/** Control characters, and those that turn the direction of writing. */
const INVISIBLE = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]+/gu;
const INVISIBLE_BUT_LINES =
  /[^\P{Cc}\n]+|[\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]+/gu;

/** One line. */
export const toLine = (text: string): string => text.replaceAll(INVISIBLE, ' ').trim();

/** With its lines. */
export const toLines = (text: string): string => text.replaceAll(INVISIBLE_BUT_LINES, ' ').trim();

/** At most so many UTF-16 units, the last of them an ellipsis where something was cut; no character is cut in two. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const kept = text.slice(0, limit - 1);
  return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}…`;
}
