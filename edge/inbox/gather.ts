/** Work on what comes at once together: for when one write takes as long as many. */

/**
 * Takes one item and answers its outcome; `work` gets all items that came while `pause` lasted, and answers in their
 * order. When it rejects, it does so for each of them.
 */
export function gather<Item, Outcome>(
  pause: () => Promise<void>,
  work: (items: readonly Item[]) => Promise<readonly Outcome[]>,
): (item: Item) => Promise<Outcome> {
  let items: Item[] = [];
  let together: Promise<readonly Outcome[]> | null = null;

  async function workTogether(): Promise<readonly Outcome[]> {
    await pause();
    const gathered = items;
    items = [];
    together = null;
    return work(gathered);
  }

  return async function take(item) {
    const place = items.push(item) - 1;
    together ??= workTogether();
    const outcomes = await together;
    return outcomes[place] as Outcome;
  };
}
