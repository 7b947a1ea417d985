/** Obtains the Temporal CLI once, before any suite that needs a server, and tells them where it is. */
import type { TestProject } from 'vitest/node';
import { resolveTemporalCli } from '../dev/launcher/temporal-cli.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly temporalCli: string;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  const { path } = await resolveTemporalCli();
  project.provide('temporalCli', path);
}
