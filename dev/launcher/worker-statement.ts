/** What the worker says about itself: on which runtime it runs. Asked, not assumed. */
import type { Path } from './path.ts';
import { paint, type Screen } from './screen.ts';

const NAMES: Readonly<Record<string, string>> = { bun: 'Bun', node: 'Node' };
const ANSWER_WITHIN_MS = 5000;

export async function tellWorkerRuntime(path: Path, screen: Screen): Promise<void> {
  const answer = await fetch(`${path.urls.worker}/healthz`, {
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  const { runtime, version } = (await answer.json()) as { runtime: string; version: string };
  screen.line(
    `    the worker says it runs on ${paint.bold(`${NAMES[runtime] ?? runtime} ${version}`)}`,
  );
}
