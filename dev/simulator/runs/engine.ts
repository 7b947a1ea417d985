/**
 * Stacks, runs and time: makes runs, moves each from state to state at the simulator's pace, and tells whoever listens
 * of every transition as it happens. What comes next is decided in the pure files beside this one.
 */
import { isTerminalState } from '../../../shared/contract/states.ts';
import {
  currentState,
  currentTransition,
  type Run,
  type RunRequest,
  type RunTransition,
  type Script,
  type Stack,
} from '../model.ts';
import type { SimulatorOptions } from '../options.ts';
import { decideDelta } from './delta.ts';
import { planTree } from './dependents.ts';
import { findDrift, planReconciliation } from './drift.ts';
import { type CompletedStatus, ExternalDependencies } from './external-dependencies.ts';
import { type Actor, intervene } from './interventions.ts';
import { decideStayMs } from './pace.ts';
import { createRun, type RunWish, wishBelow } from './new-run.ts';
import { noteOf } from './notes.ts';
import { isHeld, statesAhead } from './path.ts';
import { decideNextStart, type QueueFacts } from './queue.ts';
import { RunRecords } from './records.ts';
import { RunIds } from './run-ids.ts';
import { ScriptBook } from './scripts.ts';
import { findSuperseded } from './superseded.ts';
import { RunTimers } from './timers.ts';
import { findWait, type Wait } from './waits.ts';

export type TransitionListener = (transition: RunTransition) => void;

type EngineOptions = Pick<
  SimulatorOptions,
  'clock' | 'plan' | 'runIds' | 'seed' | 'stateDurations' | 'stateMs' | 'switches'
>;

export class RunEngine extends RunRecords {
  readonly scripts: ScriptBook;
  readonly switches: EngineOptions['switches'];
  readonly now: () => number;
  readonly #options: EngineOptions;
  readonly #runIds: RunIds;
  readonly #dependencies = new ExternalDependencies();
  readonly #timers: RunTimers;
  readonly #listeners: TransitionListener[] = [];

  constructor(options: EngineOptions) {
    super();
    this.switches = options.switches;
    this.now = options.clock.now;
    this.scripts = new ScriptBook(options);
    this.#options = options;
    this.#runIds = new RunIds(options);
    this.#timers = new RunTimers(options.clock);
  }

  onTransition(listener: TransitionListener): void {
    this.#listeners.push(listener);
  }

  /** Makes the run, and with it one run on each stack below when the tree asks for that. */
  create(stack: Stack, request: RunRequest, script?: Script): Run {
    const wish = { stack, request, ...(script !== undefined && { script }) };
    const startsTree = request.startsDependents && request.type === 'TRACKED';
    const run = startsTree ? this.createTree([wish]).get(stack.id) : this.#add(wish, []);
    if (run === undefined) throw new TypeError('Cannot create run: its tree lacks it');
    return run;
  }

  /** Makes tracked runs that share one tree: a stack below several of them gets one run. By stack, in order. */
  createTree(wishes: readonly RunWish[]): ReadonlyMap<string, Run> {
    const runs = new Map<string, Run>();
    const [first] = wishes;
    if (first === undefined) return runs;
    const roots = wishes.map(({ stack }) => stack);
    for (const { stack, parents } of planTree(roots, this.stacks())) {
      const below = () => wishBelow(stack, first.request, this.switches);
      const wish = wishes.find((each) => each.stack === stack) ?? below();
      const upstreamRunIds = parents.flatMap((parent) => runs.get(parent)?.id ?? []);
      runs.set(stack.id, this.#add(wish, upstreamRunIds));
    }
    return runs;
  }

  /** Enters a state because somebody said so; what was to come next gives way to `path`. */
  intervene(run: Run, state: string, by: Actor, path: readonly string[]): void {
    run.path = path;
    this.#enter(run, state, by.note, by.username);
  }

  prioritize(run: Run, isPrioritized: boolean): void {
    run.isPrioritized = isPrioritized;
    this.startQueued(run.stackId);
  }

  /** Whether it is a phantom: no run waits for a dependency of that name. */
  completeExternalDependency(id: string, status: CompletedStatus): { readonly phantom: boolean } {
    this.#dependencies.complete(id, status);
    const dependents = this.runs().filter((run) => run.externalDependencies.includes(id));
    for (const run of dependents) {
      this.#failWithDependencies(run);
      this.startQueued(run.stackId);
    }
    return { phantom: dependents.length === 0 };
  }

  /** What the run waits for that time alone does not bring; null for nothing. */
  waitOf(run: Run): Wait | null {
    const stack = this.findStack(run.stackId);
    return stack === null ? null : findWait(run, this.runs(stack.id), this.#queueFactsOf(stack));
  }

  /** Lets queued runs go if something other than a run's end has made room for them. */
  startQueued(stackId: string): void {
    const stack = this.findStack(stackId);
    if (stack === null) return;
    for (;;) {
      const decision = decideNextStart(this.runs(stackId), this.#queueFactsOf(stack));
      if (decision === null) return;
      const { run, verdict } = decision;
      if (verdict === 'start') this.#advance(run);
      else this.intervene(run, verdict.state, { username: '', note: verdict.note }, []);
    }
  }

  close(): void {
    this.#timers.clearAll();
  }

  #add(wish: RunWish, upstreamRunIds: readonly string[]): Run {
    const { stack, request } = wish;
    const createdAt = this.now();
    const ordinal = this.runs(stack.id).length;
    const script = wish.script ?? this.scripts.take({ stack, request, ordinal });
    const id = this.#runIds.next({ stackId: stack.id, ordinal, createdAt });
    const origin = { id, stack, request, script, ordinal, createdAt, upstreamRunIds };
    const run = createRun(origin, this.switches);
    this.putRun(run);
    this.#enter(run, 'QUEUED', null, '');
    this.#failWithDependencies(run);
    for (const earlier of findSuperseded(run, this.runs(stack.id)))
      this.intervene(earlier, 'STOPPED', { username: '', note: 'A newer commit was pushed' }, []);
    return run;
  }

  #failWithDependencies(run: Run): void {
    const failed = run.externalDependencies.find((id) => this.#dependencies.isFailed(id));
    if (failed === undefined || currentState(run) !== 'QUEUED') return;
    const note = `External dependency ${failed} has failed`;
    this.intervene(run, 'FAILED', { username: '', note }, []);
  }

  #advance(run: Run): void {
    const stack = this.findStack(run.stackId);
    if (stack === null) return;
    const [state, ...path] = statesAhead(run, stack);
    if (state === undefined) return;
    run.path = path;
    this.#enter(run, state, noteOf(run, state, stack), '');
  }

  #enter(run: Run, state: string, note: string | null, username: string): void {
    this.#timers.clear(run);
    run.delta = decideDelta(run, state);
    const stateVersion = run.history.length;
    const transition = { state, stateVersion, at: this.now(), note, username };
    run.history.push(transition);
    if (!isTerminalState(state)) this.#schedule(run);
    const stack = this.findStack(run.stackId);
    if (stack === null) return;
    const stackState = this.stackState(stack.id);
    for (const listener of this.#listeners) listener({ run, stack, stackState, transition });
    if (isTerminalState(state)) this.#release(run, stack);
  }

  /** Somebody of the script comes first; until then nothing else moves the run, whatever the pace. */
  #schedule(run: Run): void {
    const [next] = run.interventions.filter(({ state }) => state === currentState(run));
    if (next !== undefined) {
      const { action, afterMs, by: username = 'somebody', note = null } = next;
      this.#timers.set(run, afterMs, () => {
        run.interventions = run.interventions.filter((each) => each !== next);
        const { stateVersion } = currentTransition(run);
        intervene(this, run, action, { username, note });
        if (currentTransition(run).stateVersion === stateVersion) this.#schedule(run);
      });
    } else if (!isHeld(run))
      this.#timers.set(run, decideStayMs(run, this.#options), () => {
        if (currentState(run) !== 'QUEUED') return this.#advance(run);
        run.isRipe = true;
        this.startQueued(run.stackId);
      });
  }

  /** The end of a run frees its own stack, and the runs of other stacks that waited for it. */
  #release(run: Run, stack: Stack): void {
    stack.isDrifted = findDrift(run) ?? stack.isDrifted;
    const reconciliation = planReconciliation(run, stack, this.switches);
    if (reconciliation !== null) this.create(stack, reconciliation);
    this.startQueued(stack.id);
    for (const { id, dependsOn } of this.stacks())
      if (dependsOn.includes(stack.id)) this.startQueued(id);
  }

  #queueFactsOf(stack: Stack): QueueFacts {
    const { switches } = this;
    const isCompleted = (id: string) => this.#dependencies.isCompleted(id);
    return { stack, switches, isCompleted, findRun: (id) => this.findRun(id) };
  }
}
