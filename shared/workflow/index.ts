/** What the workflow bundle registers. */
import { chooseFailures } from './failure-converter.ts';
import { keepDigest } from './digest.ts';
import { followRun } from './follow-run.ts';
import { keepLane } from './lane.ts';
import type { ExecutionInput, ExecutionResult, LaneInput } from './messages.ts';
import { propagate } from './propagation.ts';
import type { PropagationInput, PropagationResult, RegistryInput } from './propagation-messages.ts';
import { keepRegistry } from './propagation-registry.ts';
import { pursueIntent } from './pursue-intent.ts';
import { recordEvent } from './record-event.ts';
import { sweepAccount } from './sweep.ts';
import type { DigestInput } from './notice-messages.ts';
import type { SweepInput, SweepResult } from './sweep-messages.ts';

export async function SpaceliftWebhookWorkflow(input: ExecutionInput): Promise<ExecutionResult> {
  chooseFailures(input.settings);
  switch (input.kind) {
    case 'run':
      return followRun(input);
    case 'intent':
      return pursueIntent(input);
    case 'event':
      return recordEvent(input);
  }
}

export async function SpaceliftLaneWorkflow(input: LaneInput): Promise<void> {
  chooseFailures(input.settings);
  return keepLane(input);
}

export async function SpaceliftSweepWorkflow(input: SweepInput): Promise<SweepResult> {
  chooseFailures(input.settings);
  return sweepAccount(input);
}

export async function SpaceliftDigestWorkflow(input: DigestInput): Promise<void> {
  return keepDigest(input);
}

export async function SpaceliftPropagationRegistryWorkflow(input: RegistryInput): Promise<void> {
  chooseFailures(input.settings);
  return keepRegistry(input);
}

export async function SpaceliftPropagationWorkflow(
  input: PropagationInput,
): Promise<PropagationResult> {
  chooseFailures(input.settings);
  return propagate(input);
}
