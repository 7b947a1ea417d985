/**
 * What crosses between run executions, the registry of an account and its propagations, and what these carry over
 * continue-as-new. Stored in histories, so a change follows docs/wire.md. No value but message definitions.
 */
import { defineSignal, defineUpdate } from '@temporalio/workflow';
import { SIGNALS, UPDATES } from '../contract/names.ts';
import type { RunRef, RunVerdict } from './messages.ts';
import type { NodeVerdict } from './propagation-decision.ts';
import type { PlannedStack } from './propagation-graph.ts';
import type { HeldSlots, Slots } from './propagation-slots.ts';
import type { NodePhase, PropagationState } from './propagation-state.ts';
import type { Delta } from './run-memory.ts';
import type { WorkflowSettings } from './settings.ts';

/** How a tracked run ended, as its execution tells it. */
export type TrackedVerdict = RunRef & {
  readonly state: string;
  readonly outcome: 'completed' | 'failed' | 'ended';
  readonly isDrift: boolean;
  /** Null when nobody told. */
  readonly delta: Delta | null;
  /** Of the intent the run was made for; null when it was none of ours. */
  readonly intentKey: string | null;
  /** Whether that intent knows, and tells its propagation. */
  readonly isIntentTold: boolean;
  readonly cause: readonly string[];
  /** Whether what depends on the stack is to run. */
  readonly wantsDependents: boolean;
  /** Epoch ms. */
  readonly at: number;
  readonly traceId: string;
};

/** What is begun by a verdict goes by the settings that came with it. */
export type ToldVerdict = {
  readonly verdict: TrackedVerdict;
  readonly settings: WorkflowSettings;
};

export type RegistryInput = {
  readonly account: string;
  readonly settings: WorkflowSettings;
  /** Carried over continue-as-new. */
  readonly carried?: RegistryMemory;
};

export type OpenPropagation = {
  readonly executionId: string;
  readonly rootRunId: string;
  /** Stacks that it runs, and its roots. */
  readonly stacks: readonly string[];
};

export type RegistryMemory = {
  readonly open: readonly OpenPropagation[];
  /** Heard and not yet decided. */
  readonly pending: readonly ToldVerdict[];
  /** Ids of the newest runs that were decided about. */
  readonly decided: readonly string[];
  /** Of propagations with limits, in the order in which they are served. */
  readonly slots?: readonly HeldSlots[];
};

export type PropagationInput = {
  readonly account: string;
  readonly root: TrackedVerdict;
  readonly stacks: readonly PlannedStack[];
  readonly settings: WorkflowSettings;
  /** Carried over continue-as-new. */
  readonly carried?: PropagationMemory;
};

export type PropagationMemory = {
  readonly state: PropagationState;
  readonly roots: readonly TrackedVerdict[];
  /** Epoch ms: until when what is stopped may be resumed; null while something is under way. */
  readonly resumableUntil: number | null;
};

/** A node as results and the query show it. */
export type NodeView = {
  readonly id: string;
  readonly stackId: string;
  readonly parents: readonly string[];
  /** Native ones among them. */
  readonly native: readonly string[];
  readonly phase: NodePhase;
  readonly runId: string | null;
  readonly reason: string | null;
  /** ISO 8601, UTC. */
  readonly since: string | null;
};

export type PropagationResult = {
  readonly account: string;
  /** The run it began with, and those that joined. */
  readonly roots: readonly { readonly stackId: string; readonly runId: string }[];
  readonly outcome: 'completed' | 'stopped';
  readonly nodes: readonly NodeView[];
};

/** With stacks: a root's wish for all that is below it. */
export type Offer = {
  readonly verdict: TrackedVerdict;
  readonly stacks?: readonly PlannedStack[];
};

/** All that a propagation has ever wanted, got and given back, as far as it knows. */
export type ToldSlots = {
  readonly executionId: string;
  readonly slots: readonly Slots[];
};

export type OfferAnswer = 'taken' | 'left';

/** What became of the intent of a node. */
export type NodeEnd = {
  readonly nodeId: string;
  /** Null where no run was made. */
  readonly runId: string | null;
  /** Null where the intent left before its run had ended, or without one. */
  readonly verdict: Pick<RunVerdict, 'state' | 'outcome' | 'delta'> | null;
  readonly reason: string | null;
};

/** Where nobody told, something has changed. */
export const hasChanged = (delta: Delta | null | undefined): boolean =>
  delta === null || delta === undefined || delta.added + delta.changed + delta.deleted > 0;

export const toNodeVerdict = (
  { stackId, runId, state, outcome, delta }: TrackedVerdict,
  attempt: number | null,
): NodeVerdict => ({ stackId, runId, state, outcome, hasChanged: hasChanged(delta), attempt });

export const trackedVerdict = defineSignal<[ToldVerdict]>(SIGNALS.trackedVerdict);
export const nodeVerdicts = defineSignal<[readonly TrackedVerdict[]]>(SIGNALS.nodeVerdicts);
export const nodeEnded = defineSignal<[NodeEnd]>(SIGNALS.nodeEnded);
export const slotsWanted = defineSignal<[ToldSlots]>(SIGNALS.slotsWanted);
export const slotsGranted = defineSignal<[readonly Slots[]]>(SIGNALS.slotsGranted);
export const propagationOver = defineSignal<[string]>(SIGNALS.propagationOver);
export const offerVerdict = defineUpdate<OfferAnswer, [Offer]>(UPDATES.offerVerdict);
