/** How a part shows that it can be used: an HTTP answer, a line it prints, or a look of the caller's own. */

export type Readiness =
  | { readonly by: 'http'; readonly url: string }
  | { readonly by: 'line'; readonly pattern: RegExp }
  | { readonly by: 'look'; look(): Promise<boolean> };

/** Longer than any healthy answer on loopback, short enough that a hanging part is asked again. */
const ANSWER_WITHIN_MS = 2000;

export async function isReady(
  readiness: Readiness,
  output: { lastLines(): readonly string[] },
): Promise<boolean> {
  if (readiness.by === 'http') return answersOk(readiness.url);
  if (readiness.by === 'look') return readiness.look();
  return output.lastLines().some((line) => readiness.pattern.test(line));
}

async function answersOk(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
