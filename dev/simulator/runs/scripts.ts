/** Scripts in waiting: counted ones go first, in the order they came, then the one that stands for all other runs. */
import type { Script } from '../model.ts';

export class ScriptBook {
  readonly #next = new Map<string, { script: Script; runs: number }[]>();
  readonly #always = new Map<string, Script>();

  /** Without a number the script holds for all runs, in the place of an earlier such script. */
  add(stackId: string, script: Script, runs?: number): void {
    if (runs === undefined) this.#always.set(stackId, script);
    else this.#next.set(stackId, [...(this.#next.get(stackId) ?? []), { script, runs }]);
  }

  clear(stackId: string): void {
    this.#next.delete(stackId);
    this.#always.delete(stackId);
  }

  /** The script of the run being made; a counted one is used up by this. */
  take(stackId: string): Script {
    const waiting = this.#next.get(stackId) ?? [];
    const [first] = waiting;
    if (first === undefined) return this.#always.get(stackId) ?? {};
    first.runs -= 1;
    if (first.runs === 0) this.#next.set(stackId, waiting.slice(1));
    return first.script;
  }
}
