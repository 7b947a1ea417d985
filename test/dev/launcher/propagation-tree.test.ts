import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { propagationTree } from '../../../dev/launcher/propagation-tree.ts';
import type { NodeView } from '../../../shared/workflow/propagation-messages.ts';

const node = (
  id: string,
  parents: readonly string[],
  phase: NodeView['phase'],
  reason: string | null = null,
): NodeView => ({ id, stackId: id, parents, native: [], phase, runId: null, reason, since: null });

const drawn = (nodes: readonly NodeView[]) => propagationTree(nodes).map(stripVTControlCharacters);

describe('propagationTree()', () => {
  test('propagationTree() hangs each stack below the last of its parents, and names the others', () => {
    expect(
      drawn([
        node('root', [], 'completed'),
        node('left', ['root'], 'completed'),
        node('below-left', ['left'], 'started'),
        node('right', ['root'], 'failed', 'its run is FAILED'),
        node('both', ['left', 'right'], 'stopped', 'right failed'),
        node('last', ['both'], 'waiting'),
      ]),
    ).toEqual([
      '✓ root completed',
      '├─ ✓ left completed',
      '│  └─ ▶ below-left started',
      '└─ ✗ right failed: its run is FAILED',
      '   └─ – both (and below left) stopped: right failed',
      '      └─ ○ last waiting',
    ]);
  });

  test('propagationTree() draws every root, and nothing of nothing', () => {
    expect(drawn([node('one', [], 'completed'), node('two', [], 'completed')])).toEqual([
      '✓ one completed',
      '✓ two completed',
    ]);
    expect(drawn([])).toEqual([]);
  });
});
