import { describe, expect, test } from 'vitest';
import { eventTypeOfState, RUN_STATES } from '../../../shared/contract/states.ts';
import { signalFor } from '../../../shared/workflow/messages.ts';

describe('signalFor()', () => {
  test.each([
    ['completed', 'handle_completed_run'],
    ['failed', 'handle_failed_run'],
    ['ended', 'handle_run_events'],
    ['waiting', 'handle_run_events'],
    ['progressed', 'handle_run_events'],
    ['unheard-of', 'handle_run_events'],
  ])('sends %s events as %s', (type, name) => {
    expect(signalFor(type).name).toBe(name);
  });

  test('has the names of the user for the two states they are about', () => {
    const named = RUN_STATES.filter(
      (state) => signalFor(eventTypeOfState(state)).name !== 'handle_run_events',
    );
    expect(named).toEqual(['FINISHED', 'FAILED']);
  });
});
