/** The account's stacks and runs, in memory and in the order they were made. Keeps and finds them, nothing else. */
import type { Run, Stack } from '../model.ts';
import { findHolder, stackStateOf } from './queue.ts';

export class RunRecords {
  readonly #stacks = new Map<string, Stack>();
  readonly #runs = new Map<string, Run>();
  readonly #runsOfStack = new Map<string, Run[]>();

  /** Adds the stack, or takes the place of the one with its id, whose runs stay. */
  putStack(stack: Stack): void {
    this.#stacks.set(stack.id, stack);
  }

  putRun(run: Run): void {
    this.#runs.set(run.id, run);
    this.#runsOfStack.set(run.stackId, [...this.runs(run.stackId), run]);
  }

  stacks(): readonly Stack[] {
    return [...this.#stacks.values()];
  }

  findStack(id: string): Stack | null {
    return this.#stacks.get(id) ?? null;
  }

  findRun(id: string): Run | null {
    return this.#runs.get(id) ?? null;
  }

  /** Oldest first, of one stack or of all. */
  runs(stackId?: string): readonly Run[] {
    return stackId === undefined
      ? [...this.#runs.values()]
      : (this.#runsOfStack.get(stackId) ?? []);
  }

  /** The run that holds the stack, if one does. */
  holder(stackId: string): Run | null {
    return findHolder(this.runs(stackId));
  }

  stackState(stackId: string): string {
    return stackStateOf(this.runs(stackId));
  }
}
