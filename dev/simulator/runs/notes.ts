/** The note that a run's entry into a state carries by itself, when nobody leaves one. */
import { isTerminalState } from '../../../shared/contract/states.ts';
import type { Run, Stack } from '../model.ts';

export function noteOf(run: Run, state: string, { autodeploy }: Stack): string | null {
  if (state === 'UNCONFIRMED') return autodeploy ? null : 'Autodeploy is off';
  const isScripted = state === 'FAILED' || run.script.states !== undefined;
  return isScripted && isTerminalState(state) ? (run.script.note ?? null) : null;
}
