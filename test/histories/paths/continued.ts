/** Executions that continue as new, on a server that suggests it early. */
import { laneExecutionId } from '../../../shared/contract/ids.ts';
import { ACCOUNT } from '../../events.ts';
import type { Path } from './path.ts';

/** Far below what a server suggests by itself, and above what the single request of a lane takes. */
export const EARLY = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=40'];

export const CONTINUED_PATHS: readonly Path[] = [
  {
    name: 'continued',
    ends: { lane: 'COMPLETED' },
    async bring(stage, stackId) {
      const keys = ['key.a', 'key.b', 'key.c', 'key.d', 'key.e', 'key.f'];
      await Promise.all(keys.map((key) => stage.pursue(stackId, key)));
      return { lane: laneExecutionId(ACCOUNT, stackId) };
    },
  },
];
