import { expect, test } from 'vitest';
import { endingFor } from '../../../shared/workflow/ending.ts';

test.each([
  ['QUEUED', 'cancel'],
  ['READY', 'cancel'],
  ['PENDING', 'cancel'],
  ['UNCONFIRMED', 'discard'],
  ['PENDING_REVIEW', 'discard'],
  ['PREPARING', 'stop'],
  ['PLANNING', 'stop'],
  ['APPLYING', 'stop'],
  ['A_STATE_OF_TOMORROW', 'stop'],
])('endingFor() a run that is %s: %s', (state, ending) => {
  expect(endingFor(state)).toBe(ending);
});
