/** Bits of the Markdown that the Temporal UI shows. Pure; executions and those that start them share it. */

export const isTold = (text: string | null | undefined): text is string =>
  text !== null && text !== undefined && text !== '';

/** To a run's page in Spacelift. */
export const linkTo = (runId: string, url: string): string => `Run: [${runId}](${url})`;
