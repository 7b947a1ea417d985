/** Whether a reactions file can be used, and what of it can be carried out. */
import * as v from 'valibot';
import { fail, type Result, succeed } from '../../shared/contract/result.ts';
import type { ReactionOn } from '../../shared/workflow/reactions.ts';
import { checkRoutes } from '../notifiers/routes.ts';
import { type CheckedRule, type Deeds, ReactionsSchema } from './schema.ts';

/** Where notices go that no rule wants and nobody may miss. */
export const LOG_ROUTE = 'log';

export type Reactions = {
  /** As written, the log route among them. */
  readonly routes: Readonly<Record<string, unknown>>;
  readonly rules: readonly CheckedRule[];
};

/** What a rule may do only if all that it reacts to is of that kind. */
const ONLY_ON = {
  triggerDependents: 'completed',
  retryRun: 'failed',
  confirm: 'waiting',
  discard: 'waiting',
} as const satisfies Partial<Record<keyof Deeds, ReactionOn>>;

/** Every fault is a line that names rule and field. */
export function checkReactions(file: unknown): Result<Reactions, readonly string[]> {
  const parsed = v.safeParse(ReactionsSchema, file);
  if (!parsed.success) return fail(parsed.issues.map((issue) => faultOf(issue, file)));
  const { rules } = parsed.output;
  const routes = withLog(parsed.output.routes);
  const faults = [
    ...checkRoutes(routes),
    ...repeatedIds(rules),
    ...rules.flatMap((rule) => faultsOf(rule, Object.keys(routes))),
  ];
  return faults.length > 0 ? fail(faults) : succeed({ routes, rules });
}

/** The log is there whatever the file says, and stands in for a default route where none is marked. */
function withLog(given: Reactions['routes']): Reactions['routes'] {
  const routes = { [LOG_ROUTE]: { to: 'log' }, ...given };
  const isDefault = (route: unknown) =>
    typeof route === 'object' && route !== null && 'default' in route && route.default === true;
  return Object.values(routes).some(isDefault)
    ? routes
    : { ...routes, [LOG_ROUTE]: { ...routes[LOG_ROUTE], default: true } };
}

function faultOf(issue: v.BaseIssue<unknown>, file: unknown): string {
  const path = v.getDotPath(issue) ?? '';
  const [, position, field = ''] = /^rules\.(\d+)\.?(.*)$/.exec(path) ?? [];
  if (position === undefined)
    return path === '' ? `the file ${issue.message}` : `${path} ${issue.message}`;
  const { rules } = file as { readonly rules: readonly unknown[] };
  return `${nameOf(rules[Number(position)], Number(position))}${field === '' ? '' : `, ${field}`}: ${issue.message}`;
}

/** By its id where it has one that can be read. */
function nameOf(rule: unknown, position: number): string {
  const id = typeof rule === 'object' && rule !== null && 'id' in rule ? rule.id : null;
  return typeof id === 'string' ? `rule "${id.slice(0, 64)}"` : `rule ${position + 1}`;
}

function repeatedIds(rules: readonly CheckedRule[]): readonly string[] {
  const repeated = rules.filter(
    ({ id }, index) => rules.findIndex((other) => other.id === id) < index,
  );
  return repeated.map(({ id }) => `rule "${id}", id: another rule has the same`);
}

function faultsOf(rule: CheckedRule, routes: readonly string[]): readonly string[] {
  const isOnly = (on: ReactionOn) => rule.on.every((each) => each === on);
  const steps: readonly (readonly [name: string, deeds: Deeds | undefined])[] = [
    ['do', rule.do],
    ['then', rule.then],
  ];
  const faults = steps.flatMap(([name, deeds]) => {
    const misplaced = Object.entries(ONLY_ON).flatMap(([deed, on]) =>
      deeds?.[deed as keyof Deeds] === undefined || isOnly(on)
        ? []
        : [`${name}.${deed}: only a rule on ${on}, and nothing else, can do this`],
    );
    const unknown = (deeds?.notify ?? []).filter((route) => !routes.includes(route));
    return [
      ...misplaced,
      ...unknown.map(
        (route) => `${name}.notify: no route "${route}" (there are ${routes.join(', ')})`,
      ),
    ];
  });
  if (rule.after !== undefined && !isOnly('waiting'))
    faults.push('after: only a rule on waiting, and nothing else, can wait');
  return faults.map((fault) => `rule "${rule.id}", ${fault}`);
}
