import { expect, test } from 'vitest';
import { endingsFor } from '../../../shared/workflow/ending.ts';

test.each([
  ['QUEUED', ['cancel']],
  ['READY', ['cancel']],
  ['PENDING', ['cancel']],
  ['UNCONFIRMED', ['discard']],
  ['PENDING_REVIEW', ['discard', 'reject']],
  ['PREPARING', ['stop']],
  ['PLANNING', ['stop']],
  ['APPLYING', ['stop']],
  ['A_STATE_OF_TOMORROW', ['stop']],
])('endingsFor() a run that is %s: %j', (state, endings) => {
  expect(endingsFor(state)).toEqual(endings);
});
