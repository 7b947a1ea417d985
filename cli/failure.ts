/** A command that could not do what it was asked for: a sentence for the person, and the exit code for the program. */

export const EXIT = { fine: 0, failed: 1, usage: 2 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT.failed, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Somebody has to type or set something else. */
export const usageFailure = (message: string): CommandFailure =>
  new CommandFailure(message, EXIT.usage);
