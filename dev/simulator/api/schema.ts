/** The schema's text. The state enums are written from the known states, so that a new one needs no change here. */
import { readFileSync } from 'node:fs';
import { RUN_STATES } from '../../../shared/contract/states.ts';
import { RUN_TYPES } from '../model.ts';
import type { Switches } from '../switches.ts';

const PARTS = ['root', 'runs', 'stacks', 'search', 'account', 'webhooks', 'dependencies'];

const RUN_METADATA = 'extend type Run { userProvidedMetadata: [String!]! }';

/** With the states that scripts may use beyond the known ones. */
export function createTypeDefs({
  extraStates,
  runMetadata,
}: Pick<Switches, 'extraStates' | 'runMetadata'>): string {
  const states = [...new Set([...RUN_STATES, ...extraStates])];
  return [
    ...PARTS.map((part) =>
      readFileSync(new URL(`schema/${part}.graphql`, import.meta.url), 'utf8'),
    ),
    ...(runMetadata === 'shown' ? [RUN_METADATA] : []),
    enumOf('RunType', RUN_TYPES),
    enumOf('RunState', states),
    enumOf('StackState', ['NONE', ...states]),
  ].join('\n');
}

const enumOf = (name: string, values: readonly string[]) => `enum ${name} { ${values.join(' ')} }`;
