/**
 * The deployed bundle on a plain workerd, without wrangler's proxy in front: what answers is workerd's own HTTP parser.
 * Objects are stored on disk, so that a killed process leaves its state behind.
 */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { inject } from 'vitest';
import { toHex } from '../../../shared/contract/hmac.ts';
import type { Served } from './runtimes.ts';

const OBJECTS = { INBOX: 'InboxObject', INBOX_DIRECTORY: 'InboxDirectory' };

/** Writes the configuration into the state directory; workerd takes a free port and tells it on standard output. */
export async function workerdCommand(served: Served) {
  const { stateDirectory } = served;
  await mkdir(join(stateDirectory, 'objects'), { recursive: true });
  await copyFile(inject('edgeBundle').file, join(stateDirectory, 'index.js'));
  const config = join(stateDirectory, 'config.capnp');
  await writeFile(config, configOf(served), { mode: 0o600 });
  return { command: workerdPath(), args: ['serve', config, '--control-fd=1'] };
}

/** The binary that wrangler would start. */
function workerdPath(): string {
  const ofWrangler = createRequire(createRequire(import.meta.url).resolve('wrangler'));
  const ofMiniflare = createRequire(ofWrangler.resolve('miniflare'));
  const { default: path } = ofMiniflare('workerd') as { readonly default: string };
  return path;
}

function configOf({ env, stateDirectory, boundStarterPort }: Served): string {
  const { compatibilityDate, compatibilityFlags } = inject('edgeBundle');
  const bindings = [
    ...Object.entries(env).map(
      ([name, secret]) => `(name = ${text(name)}, text = ${text(secret)})`,
    ),
    ...Object.entries(OBJECTS).map(
      ([name, className]) => `(name = ${text(name)}, durableObjectNamespace = ${text(className)})`,
    ),
    ...(boundStarterPort === null ? [] : ['(name = "STARTER", service = "starter")']),
  ];
  const starter = `(name = "starter", external = (address = "127.0.0.1:${boundStarterPort}", http = ())),`;
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "edge", worker = .edge),
    (name = "objects", disk = (path = ${text(join(stateDirectory, 'objects'))}, writable = true)),
    # Of private addresses those of loopback alone are meant.
    (name = "internet", network = (allow = ["public", "private"])),
    ${boundStarterPort === null ? '' : starter}
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "edge")],
);

const edge :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed "index.js")],
  compatibilityDate = ${text(compatibilityDate)},
  compatibilityFlags = ${list(compatibilityFlags.map(text))},
  bindings = ${list(bindings)},
  durableObjectNamespaces = ${list(
    Object.values(OBJECTS).map(
      (name) => `(className = ${text(name)}, uniqueKey = ${text(name)}, enableSql = true)`,
    ),
  )},
  durableObjectStorage = (localDisk = "objects"),
);
`;
}

const list = (entries: readonly string[]) => `[${entries.join(', ')}]`;

/** A text of Cap'n Proto: UTF-8 in which control characters are written as escapes of their bytes. */
const text = (plain: string) =>
  `"${plain.replaceAll(/[\p{Cc}"\\]/gu, (char) => toHex(Buffer.from(char)).replaceAll(/../g, '\\x$&'))}"`;
