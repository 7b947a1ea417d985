/** Turns what is heard while a path comes up into lines for a person: one a part, and one for each surprise. */
import { PART_NAMES, type PartName } from './part-names.ts';
import type { PathEvent } from './path-event.ts';
import type { PortName } from './ports.ts';
import { paint, type Screen } from './screen.ts';

const SOURCES = {
  path: 'found on PATH',
  cache: 'found in the cache',
  download: 'downloaded',
  go: 'built with Go',
} as const;

const LISTENERS: Readonly<Record<PortName, string>> = {
  temporal: 'Temporal',
  temporalUi: 'the Temporal UI',
  edge: 'the edge',
  starter: 'the starter',
  simulator: 'the simulator',
  worker: 'the worker',
  workerSdkMetrics: 'the worker’s Temporal SDK',
};

const NAME_WIDTH = Math.max(...PART_NAMES.map((name) => name.length)) + 2;

export function createAnnouncer(screen: Screen): (event: PathEvent) => void {
  const underWay = new Set<PartName>();
  const row = (mark: string, name: string, text: string) =>
    screen.line(`  ${mark} ${name.padEnd(NAME_WIDTH)}${text}`);
  const surprise = (text: string) => screen.line(`  ${paint.yellow('!')} ${text}`);
  const showUnderWay = () => {
    if (underWay.size > 0) screen.progress(`    starting ${[...underWay].join(', ')} …`);
  };

  return (event) => {
    switch (event.is) {
      case 'state-elsewhere':
        surprise(
          `another launcher (process ${event.otherPid}) is at work; this one keeps its state in ${event.directory}`,
        );
        break;
      case 'port-moved':
        surprise(
          `port ${event.moved.preferred} is taken: ${LISTENERS[event.moved.name]} listens on ${event.moved.port}`,
        );
        break;
      case 'obtaining':
        screen.progress(`    ${event.text}`);
        break;
      case 'cli-found':
        screen.line(
          `  ${paint.green('✓')} Temporal CLI ${SOURCES[event.cli.source]} ${paint.dim(event.cli.path)}`,
        );
        break;
      case 'temporal-given':
        row(
          paint.green('✓'),
          'temporal',
          `${event.temporal.address}, namespace ${event.temporal.namespace}, as TEMPORAL_ADDRESS says`,
        );
        break;
      case 'starting':
        underWay.add(event.name);
        showUnderWay();
        break;
      case 'ready': {
        underWay.delete(event.name);
        const took = `${(event.tookMs / 1000).toFixed(1)} s`.padStart(7);
        row(paint.green('✓'), event.name, `${paint.dim(took)}   ${event.url}`);
        showUnderWay();
        break;
      }
    }
  };
}
