/**
 * Where the parts listen: the well-known port of each, or another free one where that is taken. All ports of a launch
 * are chosen together, so that no two parts get the same.
 */
import getPort from 'get-port';

export const PREFERRED_PORTS = {
  temporal: 7233,
  temporalUi: 8233,
  edge: 8787,
  starter: 8788,
  simulator: 8789,
  worker: 8790,
  workerSdkMetrics: 8791,
} as const;

export type PortName = keyof typeof PREFERRED_PORTS;
export type Ports = Readonly<Record<PortName, number>>;
export type MovedPort = {
  readonly name: PortName;
  readonly preferred: number;
  readonly port: number;
};

/** Tried in turn after a preferred port: a person recognises 18787 as the 8787 that was taken. */
const DETOURS = [0, 10_000, 20_000, 30_000];

/**
 * For launches that take any ports. Below those that systems lend to outgoing connections and to whoever asks for any
 * port (Temporal's own services do): a part that is down for a moment would find its port gone. Each process begins at a
 * place of its own, so that launches beside each other hardly ever look at the same ports.
 */
const ANY = { from: 20_000, places: 1200, portsPerPlace: 10 };

const anyPorts = (): readonly number[] => {
  const count = ANY.places * ANY.portsPerPlace;
  const begin = (process.pid % ANY.places) * ANY.portsPerPlace;
  return Array.from({ length: count }, (_, index) => ANY.from + ((begin + index) % count));
};

const PORT_NAMES = Object.keys(PREFERRED_PORTS) as readonly PortName[];

/** `any` takes what is free, for launches that run beside each other. */
export async function choosePorts(
  wish: 'preferred' | 'any' = 'preferred',
): Promise<{ ports: Ports; moved: readonly MovedPort[] }> {
  const ports: Record<PortName, number> = { ...PREFERRED_PORTS };
  for (const name of PORT_NAMES) {
    const detours = DETOURS.map((detour) => PREFERRED_PORTS[name] + detour);
    ports[name] = await getPort({ port: wish === 'any' ? anyPorts() : detours });
  }
  const moved = PORT_NAMES.flatMap((name) =>
    wish === 'any' || ports[name] === PREFERRED_PORTS[name]
      ? []
      : [{ name, preferred: PREFERRED_PORTS[name], port: ports[name] }],
  );
  return { ports, moved };
}
