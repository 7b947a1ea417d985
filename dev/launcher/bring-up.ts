/** The order in which parts start and stop, and what becomes of a start in which one of them fails. */
import { writeFile } from 'node:fs/promises';
import { edgeVars, varsFileOf } from './edge-part.ts';
import type { PartName } from './part-names.ts';
import type { OnPathEvent } from './path-event.ts';
import { type Plan, urlOf } from './plan.ts';
import type { Death, Part } from './processes.ts';
import { expectReachable } from './temporal-connection.ts';

export type Parts = ReadonlyMap<PartName, Part>;

/** A part that could not be started, or died on the way up. */
export class PartFailure extends Error {
  override readonly name = 'PartFailure';
  readonly part: Part;

  constructor(message: string, part: Part, options?: ErrorOptions) {
    super(message, options);
    this.part = part;
  }
}

/** Worker and starter want Temporal; everything else can come up meanwhile. */
export async function bringUp(parts: Parts, plan: Plan, onEvent: OnPathEvent): Promise<void> {
  await writeFile(varsFileOf(plan), dotenv(edgeVars(plan)), { mode: 0o600 });

  if (!plan.temporal.isOurs) {
    await expectReachable(plan.temporal);
    onEvent({ is: 'temporal-given', temporal: plan.temporal });
  }

  const start = async (name: PartName): Promise<void> => {
    const part = parts.get(name);
    if (part === undefined) return;
    const startedAt = Date.now();
    onEvent({ is: 'starting', name });
    try {
      await part.start();
    } catch (cause) {
      throw new PartFailure(cause instanceof Error ? cause.message : String(cause), part, {
        cause,
      });
    }
    onEvent({ is: 'ready', name, tookMs: Date.now() - startedAt, url: shownUrl(name, plan) });
  };

  await Promise.all([
    start('temporal').then(() => Promise.all([start('worker'), start('starter')])),
    start('simulator'),
    start('edge'),
  ]);
}

/** Whoever sends stops before whoever is sent to, so that no part logs the absence of another. */
export async function stopInOrder(parts: Parts): Promise<void> {
  const order: readonly (readonly PartName[])[] = [
    ['edge'],
    ['starter', 'worker'],
    ['simulator', 'temporal'],
  ];
  for (const names of order) await Promise.all(names.map(async (name) => parts.get(name)?.stop()));
}

/** A part that dies on the way up ends the start; afterwards whoever asked is told. */
export function createFate(onDeath: ((death: Death) => void) | undefined) {
  let isUp = false;
  let fail: (error: PartFailure) => void = () => {};
  const death = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // Nobody may be waiting yet, or any more.
  death.catch(() => {});
  return {
    death,
    arrive: () => void (isUp = true),
    report: (death: Death) => {
      if (isUp) onDeath?.(death);
      else
        fail(
          new PartFailure(
            `Cannot start ${death.part.name}: it ended with ${death.how}`,
            death.part,
          ),
        );
    },
  };
}

const shownUrl = (name: PartName, { ports, temporal, spacelift }: Plan): string =>
  ({
    temporal: `${temporal.address}  UI ${urlOf(ports.temporalUi)}`,
    simulator: spacelift.endpoint,
    worker: urlOf(ports.worker),
    starter: urlOf(ports.starter),
    edge: urlOf(ports.edge),
  })[name];

/** Single quotes take everything as it is; none of our values holds one. */
const dotenv = (vars: Readonly<Record<string, string>>): string =>
  Object.entries(vars)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join('');
