/**
 * Stacks, runs and time: makes runs, moves each from state to state at the simulator's pace, and tells whoever listens
 * of every transition as it happens. What comes next is decided in path.ts and queue.ts.
 */
import { monotonicFactory } from 'ulid';
import { isTerminalState } from '../../../shared/contract/states.ts';
import {
  currentState,
  currentTransition,
  type Run,
  type RunRequest,
  type RunTransition,
  type Stack,
} from '../model.ts';
import type { SimulatorOptions } from '../options.ts';
import { decideDelta } from './delta.ts';
import { planTree } from './dependents.ts';
import { isHeld, planPath } from './path.ts';
import { decideNextStart, findHolder, stackStateOf } from './queue.ts';
import { createRequest } from './request.ts';
import { ScriptBook } from './scripts.ts';

export type TransitionListener = (transition: RunTransition) => void;

type EngineOptions = Pick<SimulatorOptions, 'clock' | 'random' | 'stateMs' | 'switches'>;

export class RunEngine {
  readonly scripts = new ScriptBook();
  readonly #options: EngineOptions;
  readonly #nextRunId: (seedTime?: number) => string;
  readonly #stacks = new Map<string, Stack>();
  readonly #runs = new Map<string, Run>();
  readonly #runsOfStack = new Map<string, Run[]>();
  readonly #timers = new Map<string, () => void>();
  readonly #listeners: TransitionListener[] = [];

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#nextRunId = monotonicFactory(options.random);
  }

  onTransition(listener: TransitionListener): void {
    this.#listeners.push(listener);
  }

  /** Adds the stack, or takes the place of the one with its id, whose runs stay. */
  putStack(stack: Stack): void {
    this.#stacks.set(stack.id, stack);
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

  /** Makes the run, and with it one run on each stack below when the tree asks for that. */
  create(stack: Stack, request: RunRequest): Run {
    const run = this.#add(stack, request, []);
    if (request.startsDependents && request.type === 'TRACKED') this.#createDependents(run, stack);
    return run;
  }

  /** Enters a state because somebody said so; what was to come next gives way to `path`. */
  intervene(
    run: Run,
    state: string,
    by: { username: string; note: string | null },
    path: readonly string[],
  ): void {
    run.path = path;
    this.#enter(run, state, by.note, by.username);
  }

  /** Lets queued runs go if something other than a run's end has made room for them. */
  startQueued(stackId: string): void {
    const stack = this.findStack(stackId);
    if (stack === null) return;
    for (;;) {
      const decision = decideNextStart(this.runs(stackId), stack, (id) => this.findRun(id));
      if (decision === null) return;
      if (decision.verdict === 'start') this.#advance(decision.run);
      else {
        decision.run.path = [];
        this.#enter(decision.run, 'SKIPPED', 'An upstream run did not finish', '');
      }
    }
  }

  close(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #createDependents(root: Run, rootStack: Stack): void {
    const runIdOfStack = new Map([[rootStack.id, root.id]]);
    const inherits = this.#options.switches.dependentTriggeredBy === 'inherited';
    for (const { stack, parents } of planTree(rootStack.id, this.stacks())) {
      const request = createRequest({
        type: 'TRACKED',
        commit: stack.trackedCommit,
        triggeredBy: inherits ? root.triggeredBy : null,
        startsDependents: false,
      });
      const upstreamRunIds = parents.flatMap((parent) => runIdOfStack.get(parent) ?? []);
      runIdOfStack.set(stack.id, this.#add(stack, request, upstreamRunIds).id);
    }
  }

  #add(stack: Stack, request: RunRequest, upstreamRunIds: readonly string[]): Run {
    const { clock, switches } = this.#options;
    const createdAt = clock.now();
    const script = this.scripts.take(stack.id);
    const { destroyStates } = switches;
    const run: Run = {
      ...request,
      id: this.#nextRunId(createdAt),
      stackId: stack.id,
      ordinal: this.runs(stack.id).length,
      createdAt,
      script,
      upstreamRunIds,
      history: [],
      path: planPath({ request, stack, script, destroyStates }),
      isRipe: false,
      delta: null,
      metadata: request.userMetadata,
    };
    this.#runs.set(run.id, run);
    this.#runsOfStack.set(stack.id, [...this.runs(stack.id), run]);
    this.#enter(run, 'QUEUED', null, '');
    return run;
  }

  #advance(run: Run): void {
    const [state, ...path] = run.path;
    if (state === undefined) return;
    run.path = path;
    this.#enter(run, state, noteOf(run, state), '');
  }

  #enter(run: Run, state: string, note: string | null, username: string): void {
    this.#cancelTimer(run);
    run.delta = decideDelta(run, state);
    const at = this.#options.clock.now();
    const transition = { state, stateVersion: run.history.length, at, note, username };
    run.history.push(transition);
    if (!isTerminalState(state)) this.#schedule(run);
    const stack = this.findStack(run.stackId);
    if (stack === null) return;
    const stackState = this.stackState(stack.id);
    for (const listener of this.#listeners) listener({ run, stack, stackState, transition });
    if (isTerminalState(state)) this.#release(run);
  }

  #schedule(run: Run): void {
    const { stateVersion, state } = currentTransition(run);
    if (isHeld(run, state)) return;
    const cancel = this.#options.clock.after(this.#options.stateMs, () => {
      this.#timers.delete(run.id);
      if (currentTransition(run).stateVersion !== stateVersion) return;
      if (currentState(run) !== 'QUEUED') return this.#advance(run);
      run.isRipe = true;
      this.startQueued(run.stackId);
    });
    this.#timers.set(run.id, cancel);
  }

  /** The end of a run frees its own stack, and the runs of other stacks that waited for it. */
  #release(run: Run): void {
    this.startQueued(run.stackId);
    for (const stack of this.#stacks.values())
      if (stack.dependsOn.includes(run.stackId)) this.startQueued(stack.id);
  }

  #cancelTimer(run: Run): void {
    this.#timers.get(run.id)?.();
    this.#timers.delete(run.id);
  }
}

function noteOf(run: Run, state: string): string | null {
  if (state === 'UNCONFIRMED') return 'Autodeploy is off';
  const isScripted = state === 'FAILED' || run.script.states !== undefined;
  return isScripted && isTerminalState(state) ? (run.script.note ?? null) : null;
}
