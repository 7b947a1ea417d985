/** One project per place the code runs in; `npm test` runs them all and the Bun leg. */
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { TEST_BINDINGS } from './test/edge/bindings.ts';

/** Quick tests on a machine where everything runs at once. */
const BUSY_TIMEOUT_MS = 30_000;

/** Real servers start and real seconds pass. */
const SERVER_TIMEOUT_MS = 60_000;
const PATH_TIMEOUT_MS = 180_000;

/** Tests of all runtimes wait side by side. */
const RUNTIMES_CONCURRENCY = 100;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'shared',
          include: ['test/shared/**/*.test.ts'],
          testTimeout: BUSY_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: 'worker',
          include: [
            'test/worker/**/*.test.ts',
            'test/dev/**/*.test.ts',
            'test/deploy/**/*.test.ts',
            'test/fences/**/*.test.ts',
            'test/examples/**/*.test.ts',
            'test/openapi/**/*.test.ts',
            'test/cli/**/*.test.ts',
          ],
          testTimeout: SERVER_TIMEOUT_MS,
          hookTimeout: SERVER_TIMEOUT_MS,
        },
      },
      {
        plugins: [
          cloudflareTest({
            // The sources; what becomes of them is bundled and run in test/fences.
            main: './edge/index.ts',
            wrangler: { configPath: './wrangler.toml' },
            miniflare: { bindings: TEST_BINDINGS },
          }),
        ],
        test: {
          name: 'edge',
          include: ['test/edge/**/*.test.ts'],
          testTimeout: BUSY_TIMEOUT_MS,
          hookTimeout: BUSY_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: 'edge-sqlite',
          include: ['test/edge-sqlite/**/*.test.ts'],
          testTimeout: SERVER_TIMEOUT_MS,
          hookTimeout: SERVER_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: 'workflow',
          include: ['test/workflow/**/*.test.ts'],
          globalSetup: ['test/temporal-cli.ts'],
          testTimeout: SERVER_TIMEOUT_MS,
          hookTimeout: SERVER_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: 'runtimes',
          include: ['test/runtimes/**/*.test.ts'],
          globalSetup: ['test/runtimes/edge-bundle.ts'],
          maxConcurrency: RUNTIMES_CONCURRENCY,
          testTimeout: SERVER_TIMEOUT_MS,
          hookTimeout: SERVER_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: PATH_TIMEOUT_MS,
          hookTimeout: PATH_TIMEOUT_MS,
        },
      },
    ],
  },
});
