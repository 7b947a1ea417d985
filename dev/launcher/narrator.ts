/** Tells a scenario as it happens: one line a step with its time, and where to look closer. */
import { paint, type Screen } from './screen.ts';

export type Narrator = {
  readonly begin: (title: string) => void;
  /** Something that happened, `at` epoch ms when its own record says so (default now). */
  readonly step: (text: string, more?: { readonly at?: number; readonly closer?: string }) => void;
  /** A line that belongs to the step before it. */
  readonly detail: (text: string) => void;
  readonly waitFor: (what: string) => void;
  /** Lines that change as things happen, below the steps; where nothing can be redrawn, the steps must do. */
  readonly show: (lines: readonly string[]) => void;
  /** Lets go of what was shown last. */
  readonly stopShowing: () => void;
  readonly succeed: (text: string) => void;
  readonly fail: (text: string) => void;
};

const INDENT = ' '.repeat(12);

export function createNarrator(screen: Screen): Narrator {
  let startedAt = Date.now();
  const clock = (at: number) => `${((at - startedAt) / 1000).toFixed(2)} s`.padStart(9);

  return {
    begin(title) {
      startedAt = Date.now();
      screen.line();
      screen.line(paint.bold(title));
    },
    step(text, { at = Date.now(), closer } = {}) {
      screen.line(`${paint.dim(clock(Math.max(at, startedAt)))}   ${text}`);
      if (closer !== undefined) screen.line(`${INDENT}${paint.cyan(closer)}`);
    },
    detail: (text) => screen.line(`${INDENT}${paint.dim(text)}`),
    waitFor: (what) => screen.progress(`${INDENT}… ${what}`),
    show: (lines) => screen.block(lines.map((line) => `${INDENT}${line}`)),
    stopShowing: () => screen.clear(),
    succeed: (text) => screen.line(`${paint.green('       ok')}   ${text}`),
    fail: (text) => screen.line(`${paint.red('   failed')}   ${text}`),
  };
}
