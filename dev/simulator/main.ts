/** Entry: the simulator as a process. Configured by the environment, stopped by SIGTERM or SIGINT. */
import { pino, stdTimeFunctions } from 'pino';
import { drawSeed } from '../random.ts';
import { readEnv } from './options.ts';
import { serveSimulator } from './serve.ts';

const logger = pino({
  base: { part: 'simulator' },
  level: process.env['LOG_LEVEL'] ?? 'info',
  timestamp: stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
});

try {
  const input = { seed: drawSeed(), ...readEnv(process.env) };
  const simulator = await serveSimulator({
    ...input,
    log: (message, fields) => logger.info(fields, message),
  });
  const { account = 'demo', seed } = input;
  logger.info({ url: simulator.url, account, seed }, 'simulator listening');
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      logger.info({ signal }, 'simulator stopping');
      void simulator.close(); // The process ends by itself once nothing is left to wait for.
    });
} catch (error) {
  logger.fatal(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
