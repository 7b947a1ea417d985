/**
 * Which version of a worker deployment the process is, if its environment says so. Off by default, because a version that
 * nobody has made current gets no work. Executions move to the newest version unless they are to be pinned: they wait for
 * days, and one host cannot keep every old worker alive.
 */
import type { VersioningBehavior } from '@temporalio/common';
import type { WorkerDeploymentOptions } from '@temporalio/worker';
import * as v from 'valibot';
import { ConfigurationError } from './variables.ts';

const BEHAVIOURS = {
  'auto-upgrade': 'AUTO_UPGRADE',
  pinned: 'PINNED',
} as const satisfies Record<string, VersioningBehavior>;

type BehaviourName = keyof typeof BEHAVIOURS;

/** A full stop would end the name where Temporal writes both in one. */
const name = v.optional(v.pipe(v.string(), v.regex(/^[^\s.:]+$/)));

export const DEPLOYMENT_VARIABLES = {
  WORKER_DEPLOYMENT_NAME: name,
  WORKER_BUILD_ID: v.optional(v.pipe(v.string(), v.regex(/^\S+$/))),
  WORKER_VERSIONING: v.optional(
    v.picklist(Object.keys(BEHAVIOURS) as BehaviourName[]),
    'auto-upgrade',
  ),
};

/** Undefined for a worker without versions. */
export function readDeployment({
  WORKER_DEPLOYMENT_NAME: deploymentName,
  WORKER_BUILD_ID: buildId,
  WORKER_VERSIONING: behaviour,
}: v.InferOutput<v.ObjectSchema<typeof DEPLOYMENT_VARIABLES, undefined>>):
  | WorkerDeploymentOptions
  | undefined {
  if (deploymentName === undefined && buildId === undefined) return undefined;
  if (deploymentName === undefined || buildId === undefined)
    throw new ConfigurationError(
      `Cannot start worker: ${buildId === undefined ? 'WORKER_BUILD_ID' : 'WORKER_DEPLOYMENT_NAME'} is missing`,
    );
  return {
    version: { deploymentName, buildId },
    useWorkerVersioning: true,
    defaultVersioningBehavior: BEHAVIOURS[behaviour],
  };
}
