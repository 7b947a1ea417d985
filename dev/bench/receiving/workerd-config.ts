/**
 * The configuration of a plain workerd as text: one module, its bindings, and object classes that store on disk. Pure;
 * it names no more than Workers of ours need, and no network but what the settings say.
 */
import { toHex, utf8 } from '../../../shared/contract/hmac.ts';

export type WorkerdSettings = {
  /** 0 takes any free one. */
  readonly port: number;
  /** File of the bundle, beside the configuration. */
  readonly module: string;
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly objects: readonly { readonly binding: string; readonly className: string }[];
  /** Where objects store. */
  readonly storageDirectory: string;
  /** Whether the Worker may fetch, from loopback too; without, from nowhere. */
  readonly canFetch?: boolean;
  /** HTTP servers behind a binding each, as a Workers VPC service is. */
  readonly services?: readonly { readonly binding: string; readonly address: string }[];
};

/** A text of Cap'n Proto: UTF-8 in which control characters are written as escapes of their bytes. */
const text = (plain: string) =>
  `"${plain
    .replaceAll(/["\\]/g, '\\$&')
    .replaceAll(/\p{Cc}/gu, (char) => toHex(utf8(char)).replaceAll(/../g, '\\x$&'))}"`;

const list = (entries: readonly string[]) => `[${entries.join(', ')}]`;

export function workerdConfig(settings: WorkerdSettings): string {
  const { variables, objects, services = [], canFetch = false } = settings;
  const bindings = [
    ...Object.entries(variables).map(
      ([name, value]) => `(name = ${text(name)}, text = ${text(value)})`,
    ),
    ...objects.map(
      ({ binding, className }) =>
        `(name = ${text(binding)}, durableObjectNamespace = ${text(className)})`,
    ),
    ...services.map(({ binding }) => `(name = ${text(binding)}, service = ${text(binding)})`),
  ];
  const network = '(name = "internet", network = (allow = ["public", "private"]))';
  const external = ({ binding, address }: (typeof services)[number]) =>
    `(name = ${text(binding)}, external = (address = ${text(address)}, http = ()))`;
  const namespaces = objects.map(
    ({ className }) =>
      `(className = ${text(className)}, uniqueKey = ${text(className)}, enableSql = true)`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = ${list([
    '(name = "worker", worker = .worker)',
    `(name = "storage", disk = (path = ${text(settings.storageDirectory)}, writable = true))`,
    ...(canFetch ? [network] : []),
    ...services.map(external),
  ])},
  sockets = [
    (name = "http", address = "127.0.0.1:${settings.port}", http = (), service = "worker"),
  ],
);

const worker :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed ${text(settings.module)})],
  compatibilityDate = ${text(settings.compatibilityDate)},
  compatibilityFlags = ${list(settings.compatibilityFlags.map((flag) => text(flag)))},
  bindings = ${list(bindings)},
  durableObjectNamespaces = ${list(namespaces)},
  durableObjectStorage = (localDisk = "storage"),
);
`;
}
