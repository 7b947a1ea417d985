/**
 * How each contender is served: the command line, and the files it needs in a folder of its own. What a server prints
 * goes to a file, as reading it would cost the machine more than some contenders do.
 */
import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PartSpec } from '../../launcher/processes.ts';
import { inheritedEnv, nodePath, withoutServices } from '../../launcher/toolchain.ts';
import { type Bundles, workerdPath } from './bundles.ts';
import { type Contender, HOOK_ID, type Server } from './contenders.ts';
import { workerdConfig } from './workerd-config.ts';

export type Served = {
  readonly name: string;
  readonly port: number;
  readonly secret: string;
  /** Exists, and is this server's alone. */
  readonly folder: string;
};

/** Without an address the edge keeps what it accepts; having noticed that, it does not look again while we measure. */
const NO_FORWARDING = { BACKOFF_BASE_MS: '3600000', BACKOFF_CAP_MS: '3600000' };

type CommandLine = readonly [command: string, ...args: string[]];

/** What can be served here; a tool that is not installed cannot. */
export const canServe = ({ server }: Contender): boolean =>
  server.by !== 'webhook-command' || spawnSync('webhook', ['-version']).status === 0;

/** Starts nothing: the supervisor does. */
export async function partOf(
  server: Server,
  served: Served,
  bundles: Bundles,
): Promise<Omit<PartSpec, 'readiness'>> {
  const [command, ...args] = await commandLineOf(server, served, bundles);
  return {
    name: served.name,
    command: '/bin/sh',
    args: ['-c', 'exec "$0" "$@" >"$OUTPUT_FILE" 2>&1', command, ...args],
    env: {
      ...withoutServices(inheritedEnv(process.env)),
      OUTPUT_FILE: join(served.folder, 'output.log'),
    },
  };
}

async function commandLineOf(
  server: Server,
  { port, secret, folder }: Served,
  bundles: Bundles,
): Promise<CommandLine> {
  switch (server.by) {
    case 'workerd': {
      const storageDirectory = join(folder, 'storage');
      await mkdir(storageDirectory);
      const configFile = join(folder, 'config.capnp');
      const variables = { SPACELIFT_WEBHOOK_SECRET: secret, ...NO_FORWARDING };
      const { file, ...settings } = bundles[server.worker];
      // An embedded file is looked for beside the configuration.
      await copyFile(file, join(folder, 'index.js'));
      await writeFile(
        configFile,
        workerdConfig({ ...settings, module: 'index.js', port, variables, storageDirectory }),
      );
      return [workerdPath(), 'serve', configFile];
    }
    case 'octokit': {
      const script = fileURLToPath(new URL('octokit-server.ts', import.meta.url));
      return [nodePath(), script, String(port), secret];
    }
    case 'webhook-command': {
      const hooksFile = join(folder, 'hooks.json');
      await writeFile(hooksFile, JSON.stringify([hookOf(secret)]));
      return ['webhook', '-hooks', hooksFile, '-ip', '127.0.0.1', '-port', String(port)];
    }
  }
}

/** Verifies, parses, and runs the command that does nothing, without waiting for it. */
const hookOf = (secret: string) => ({
  id: HOOK_ID,
  'execute-command': '/bin/true',
  'include-command-output-in-response': false,
  'trigger-rule-mismatch-http-response-code': 401,
  'trigger-rule': {
    match: {
      type: 'payload-hmac-sha256',
      secret,
      parameter: { source: 'header', name: 'X-Signature-256' },
    },
  },
});
