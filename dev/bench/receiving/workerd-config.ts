/**
 * The configuration of a plain workerd as text: one module, its bindings, and object classes that store on disk. Pure;
 * it names no more than the Workers of the bench need, and no network besides the socket.
 */

export type WorkerdSettings = {
  readonly port: number;
  /** File of the bundle, beside the configuration. */
  readonly module: string;
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly objects: readonly { readonly binding: string; readonly className: string }[];
  /** Where objects store. */
  readonly storageDirectory: string;
};

/** JSON's escapes are Cap'n Proto's for all that can stand in these texts. */
const text = JSON.stringify;

const list = (entries: readonly string[]) => `[${entries.join(', ')}]`;

export function workerdConfig(settings: WorkerdSettings): string {
  const { variables, objects } = settings;
  const bindings = [
    ...Object.entries(variables).map(
      ([name, value]) => `(name = ${text(name)}, text = ${text(value)})`,
    ),
    ...objects.map(
      ({ binding, className }) =>
        `(name = ${text(binding)}, durableObjectNamespace = ${text(className)})`,
    ),
  ];
  const namespaces = objects.map(
    ({ className }) =>
      `(className = ${text(className)}, uniqueKey = ${text(className)}, enableSql = true)`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "storage", disk = (path = ${text(settings.storageDirectory)}, writable = true)),
  ],
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
