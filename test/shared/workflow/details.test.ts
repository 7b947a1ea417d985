import { describe, expect, test } from 'vitest';
import { toMarkdown } from '../../../shared/workflow/details.ts';

describe('toMarkdown()', () => {
  test('says where, since when, whose turn, what went wrong and what comes next', () => {
    const details = {
      state: 'UNCONFIRMED',
      since: '2026-11-25T04:00:00.000Z',
      runId: '01RUN',
      url: 'https://acme.app.spacelift.io/stack/network/run/01RUN',
      mustAct: 'an approver',
      lastError: 'Cannot look up run 01RUN: status is 502',
      next: 'reminds people at 2026-11-25T08:00:00.000Z',
    };
    expect(toMarkdown(details).split('\n\n')).toEqual([
      '**UNCONFIRMED** since 2026-11-25T04:00:00.000Z',
      'Run: [01RUN](https://acme.app.spacelift.io/stack/network/run/01RUN)',
      'Must act: an approver',
      'Last error: Cannot look up run 01RUN: status is 502',
      'Next: reminds people at 2026-11-25T08:00:00.000Z',
    ]);
  });

  test('leaves out what nobody knows', () => {
    expect(toMarkdown({ state: 'FINISHED', url: null, runId: '01RUN', next: null })).toBe(
      '**FINISHED**\n\nRun: 01RUN',
    );
    expect(toMarkdown({ state: 'Waits for its turn' })).toBe('**Waits for its turn**');
  });
});
