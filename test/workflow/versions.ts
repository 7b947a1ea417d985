/** Versions of worker deployments, set as docs/operate.md says. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, inject } from 'vitest';

export const DEPLOYMENT = 'spacelift-temporal';

const cli = promisify(execFile);

/** The server has to have seen a poll of the version first. */
export const makeCurrent = (address: string, buildId: string) =>
  expect
    .poll(
      () =>
        cli(inject('temporalCli'), [
          'worker',
          'deployment',
          'set-current-version',
          '--yes',
          '--address',
          address,
          '--deployment-name',
          DEPLOYMENT,
          '--build-id',
          buildId,
        ]).then(
          () => 'current',
          (error: unknown) => String(error),
        ),
      { timeout: 20_000, interval: 300 },
    )
    .toBe('current');
