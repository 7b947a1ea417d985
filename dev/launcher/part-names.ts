/** The parts a launch is made of, in the order in which they are shown. */
export const PART_NAMES = ['temporal', 'simulator', 'worker', 'starter', 'edge'] as const;
export type PartName = (typeof PART_NAMES)[number];

export type WorkerRuntime = 'bun' | 'node';

export const EDGE_RUNTIMES = ['workerd', 'node', 'bun', 'deno'] as const;
export type EdgeRuntime = (typeof EDGE_RUNTIMES)[number];
