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

const PORT_NAMES = Object.keys(PREFERRED_PORTS) as readonly PortName[];

/** `any` takes whatever is free, for tests that run beside each other. */
export async function choosePorts(
  wish: 'preferred' | 'any' = 'preferred',
): Promise<{ ports: Ports; moved: readonly MovedPort[] }> {
  const ports: Record<PortName, number> = { ...PREFERRED_PORTS };
  for (const name of PORT_NAMES) {
    const preferred = PREFERRED_PORTS[name];
    const port = DETOURS.map((detour) => preferred + detour);
    ports[name] = await getPort(wish === 'any' ? {} : { port });
  }
  const moved = PORT_NAMES.flatMap((name) =>
    wish === 'any' || ports[name] === PREFERRED_PORTS[name]
      ? []
      : [{ name, preferred: PREFERRED_PORTS[name], port: ports[name] }],
  );
  return { ports, moved };
}
