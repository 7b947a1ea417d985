/**
 * What the runs to come will do: scripts for the next so many runs of a stack go first, in the order they came, then
 * the script that stands for all of them, then the stack's random plan, then the account's.
 */
import type { Script } from '../model.ts';
import { drawScript, type PlannedRun, type RandomPlan } from './random-plan.ts';

export class ScriptBook {
  readonly #seed: number;
  readonly #next = new Map<string, { script: Script; runs: number }[]>();
  readonly #always = new Map<string, Script>();
  readonly #plans = new Map<string, RandomPlan>();
  /** Of every stack that has neither script nor plan of its own; null for none. */
  accountPlan: RandomPlan | null;

  constructor({ seed, plan }: { readonly seed: number; readonly plan: RandomPlan | null }) {
    this.#seed = seed;
    this.accountPlan = plan;
  }

  /** Without a number the script holds for all runs, in the place of an earlier such script. */
  add(stackId: string, script: Script, runs?: number): void {
    if (runs === undefined) this.#always.set(stackId, script);
    else this.#next.set(stackId, [...(this.#next.get(stackId) ?? []), { script, runs }]);
  }

  clear(stackId: string): void {
    this.#next.delete(stackId);
    this.#always.delete(stackId);
  }

  /** Null takes the stack's plan away. */
  setPlan(stackId: string, plan: RandomPlan | null): void {
    if (plan === null) this.#plans.delete(stackId);
    else this.#plans.set(stackId, plan);
  }

  planOf(stackId: string): RandomPlan | null {
    return this.#plans.get(stackId) ?? null;
  }

  /** Scripts that hold for a number of runs, with how many are left. */
  waiting(stackId: string): readonly { readonly script: Script; readonly runs: number }[] {
    return this.#next.get(stackId) ?? [];
  }

  /** The script of the run being made; a counted one is used up by this. */
  take(run: PlannedRun): Script {
    const { id } = run.stack;
    const waiting = this.#next.get(id) ?? [];
    const [first] = waiting;
    if (first === undefined) return this.#always.get(id) ?? this.#draw(run);
    first.runs -= 1;
    if (first.runs === 0) this.#next.set(id, waiting.slice(1));
    return first.script;
  }

  #draw(run: PlannedRun): Script {
    const plan = this.planOf(run.stack.id) ?? this.accountPlan;
    return plan === null ? {} : drawScript(plan, run, this.#seed);
  }
}
