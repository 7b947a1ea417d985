/**
 * Globs of rules: `*` stands for any characters, `?` for exactly one, everything else for itself; always the whole text.
 * Steps at most pattern × text, whatever the pattern: a regular expression made of one could take for ever.
 */

/** Whether the whole text fits the pattern. */
export function matchesGlob(pattern: string, text: string): boolean {
  let [at, read] = [0, 0];
  /** Where to go on after the last star took one character more. */
  let star = -1;
  let retry = 0;
  while (read < text.length) {
    const wanted = pattern[at];
    if (wanted === '*') {
      star = at;
      retry = read;
      at += 1;
    } else if (wanted === '?' || wanted === text[read]) {
      at += 1;
      read += 1;
    } else if (star >= 0) {
      at = star + 1;
      retry += 1;
      read = retry;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
