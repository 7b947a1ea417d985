/** Why a launch ends: somebody stops it, or a part dies. The first reason counts. */

export type Ending = { readonly by: 'signal' } | { readonly by: 'death'; readonly text: string };

/** npm passes Ctrl-C on to a launcher that the terminal has told already: only a later one is a second wish. */
const ECHO_MS = 1000;

export type Endings = {
  /** Aborted with the first ending. */
  readonly signal: AbortSignal;
  readonly first: Promise<Ending>;
  readonly die: (text: string) => void;
};

/** Listens for signals from now on; a second one ends the process at once. */
export function listenForEndings(): Endings {
  const controller = new AbortController();
  let resolve: (ending: Ending) => void = () => {};
  const first = new Promise<Ending>((settle) => {
    resolve = settle;
  });
  let signalledAt: number | null = null;

  const end = (ending: Ending) => {
    resolve(ending);
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => {
      // The guard kills what is left.
      if (signalledAt !== null && Date.now() - signalledAt > ECHO_MS) process.exit(130);
      signalledAt ??= Date.now();
      end({ by: 'signal' });
    });
  return { signal: controller.signal, first, die: (text) => end({ by: 'death', text }) };
}
