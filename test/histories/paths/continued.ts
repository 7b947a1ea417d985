/** Executions that continue as new, on a server that suggests it early. */
import { laneExecutionId } from '../../../shared/contract/ids.ts';
import { ACCOUNT } from '../../events.ts';
import { runEvent } from '../../events.ts';
import type { Path } from './path.ts';
import { recordedWith } from './settings.ts';

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
  {
    name: 'continued-run',
    ends: { run: 'completed' },
    async bring({ tell, knows }, stackId) {
      const states = ['QUEUED', 'READY', 'PREPARING', 'INITIALIZING', 'PLANNING', 'UNCONFIRMED'];
      const settings = recordedWith({ watch: { maximumEvents: 20 } });
      let run = '';
      for (const [version, state] of states.entries()) {
        run = await tell(runEvent(stackId, 'continued', state, version), settings);
        await knows(run, state);
      }
      await tell(runEvent(stackId, 'continued', 'FINISHED', 9), settings);
      return { run };
    },
  },
  {
    name: 'continued-in-doubt',
    ends: { intent: 'completed' },
    async bring(stage, stackId) {
      await stage.faultTriggers({ status: 503, times: 2 });
      const settings = { ...recordedWith({ lane: { maximumEvents: 10 } }), doubtHorizonMs: 3000 };
      const first = await stage.harness.pursue(
        stackId,
        'key.a',
        { retry: { maximumAttempts: 1 } },
        settings,
      );
      await first.result;
      return stage.pursue(stackId, 'key.b', {}, settings);
    },
  },
];
