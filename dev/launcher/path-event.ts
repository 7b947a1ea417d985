/** What can be heard while a path comes up. */
import type { PartName } from './part-names.ts';
import type { MovedPort } from './ports.ts';
import type { FoundCli } from './temporal-cli.ts';
import type { TemporalTarget } from './temporal-connection.ts';

export type PathEvent =
  | { readonly is: 'state-elsewhere'; readonly directory: string; readonly otherPid: number }
  | { readonly is: 'port-moved'; readonly moved: MovedPort }
  | { readonly is: 'obtaining'; readonly text: string }
  | { readonly is: 'cli-found'; readonly cli: FoundCli }
  | { readonly is: 'temporal-given'; readonly temporal: TemporalTarget }
  | { readonly is: 'starting'; readonly name: PartName }
  | {
      readonly is: 'ready';
      readonly name: PartName;
      readonly tookMs: number;
      readonly url: string;
    };

export type OnPathEvent = (event: PathEvent) => void;
