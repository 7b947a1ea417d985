/** Plays the scenarios one after the other and tells how they went. */
import { createEdgeClient } from './edge-client.ts';
import { playPropagation } from './propagation-scenario.ts';
import { createNarrator } from './narrator.ts';
import type { Path } from './path.ts';
import { furnishAccount, playFailedRun, playSuccessfulRun } from './scenarios.ts';
import { type Screen, silentScreen } from './screen.ts';
import { createSimulatorClient } from './simulator-client.ts';
import type { Stage } from './stage.ts';
import { createTemporalClient } from './temporal-connection.ts';

/** True when all ended as they should. Aborting silences it: what it says while parts stop would be noise. */
export async function playScenarios(
  path: Path,
  screen: Screen,
  signal: AbortSignal,
): Promise<boolean> {
  const current = () => (signal.aborted ? silentScreen : screen);
  const narrator = createNarrator({
    line: (text) => current().line(text),
    progress: (text) => current().progress(text),
    block: (lines) => current().block(lines),
    clear: () => current().clear(),
  });
  const { client, close } = createTemporalClient(path.temporal);
  const stage: Stage = {
    path,
    narrator,
    edge: createEdgeClient(path.urls.edge, path.secrets.operatorToken),
    simulator: createSimulatorClient(path.urls.simulator),
    temporal: client,
  };
  let isGood = true;
  try {
    await furnishAccount(stage);
    for (const play of [playSuccessfulRun, playFailedRun, playPropagation]) {
      if (signal.aborted) return false;
      try {
        await play(stage);
      } catch (error) {
        isGood = false;
        narrator.fail(error instanceof Error ? error.message : String(error));
      }
    }
    return isGood;
  } finally {
    await close();
  }
}
