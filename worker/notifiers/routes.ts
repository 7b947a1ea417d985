/**
 * The routes of the reactions file → routes that send. A route is a notifier under a name of the user's, with its options,
 * its template and what it does not want. What is wrong in it is told at start, by route and field, all of it at once.
 */
import * as v from 'valibot';
import type { Route } from '../../shared/activities/notice-activities.ts';
import type { HeldNotice, Notice } from '../../shared/workflow/notice-messages.ts';
import { ConfigurationError } from '../variables.ts';
import {
  type Notifier,
  type NotifierContext,
  type NotifierDefinition,
  RouteFault,
  type Sending,
} from './definition.ts';
import { NOTIFIERS } from './registry.ts';
import { QuietHoursSchema, quietUntil } from './quiet-hours.ts';
import { FIELDS, type Template, unknownFields, writeNotice } from './template.ts';

const TemplateSchema = v.union(
  [
    v.pipe(
      v.string(),
      v.check(
        (text) => unknownFields(text).length === 0,
        ({ input }) =>
          `unknown field ${unknownFields(input).join(' and ')} (there are ${FIELDS.join(', ')})`,
      ),
    ),
    v.custom<Exclude<Template, string>>((input) => typeof input === 'function'),
  ],
  (issue) => issue.issues?.[0]?.message ?? 'must be a text or a function',
);

/** What every route may have, whatever it leads to. */
const RouteSchema = v.object({
  to: v.string(),
  default: v.optional(v.boolean(), false),
  muteLabels: v.optional(v.array(v.string()), []),
  quietHours: v.optional(QuietHoursSchema),
  template: v.optional(TemplateSchema),
});

type CommonInput = Omit<v.InferInput<typeof RouteSchema>, 'to'>;

/** A route as the reactions file writes it: the options go by the notifier that `to` names. */
export type RouteInput = {
  [Definition in (typeof NOTIFIERS)[number] as Definition['name']]: {
    readonly to: Definition['name'];
  } & CommonInput &
    v.InferInput<Definition['options']>;
}[(typeof NOTIFIERS)[number]['name']];

export type RoutesInput = Readonly<Record<string, RouteInput>>;

export type RoutesContext = NotifierContext & {
  /** Keeps a notice for the digest of a route. Idempotent by the notice's key. */
  readonly hold: (route: string, held: HeldNotice) => Promise<void>;
  /** Epoch ms. */
  readonly now?: () => number;
};

/** They are typed by people, and stand in execution ids. */
const ROUTE_NAME = /^[A-Za-z0-9][\w-]{0,62}$/;

type Parsed = {
  readonly name: string;
  readonly common: v.InferOutput<typeof RouteSchema>;
  readonly definition: NotifierDefinition;
  readonly options: unknown;
};

/** What is wrong in the routes as far as they show it themselves: secrets are not looked for. */
export const checkRoutes = (routes: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.entries(routes).flatMap(([name, route]) => {
    const parsed = parseRoute(name, route);
    return isFaults(parsed) ? parsed : [];
  });

/** Throws one ConfigurationError that names every fault by route and field. */
export function createRoutes(
  routes: Readonly<Record<string, unknown>>,
  context: RoutesContext,
): readonly Route[] {
  const created = Object.entries(routes).map(([name, route]) => {
    const parsed = parseRoute(name, route);
    return isFaults(parsed) ? parsed : createRoute(parsed, context);
  });
  const faults = created.flatMap((route) => (isFaults(route) ? route : []));
  if (faults.length > 0) throw new ConfigurationError(`Cannot use routes: ${faults.join('; ')}`);
  return created.flatMap((route) => (isFaults(route) ? [] : [route]));
}

type Faults = readonly string[];

const isFaults = (parsed: unknown): parsed is Faults => Array.isArray(parsed);

function parseRoute(name: string, route: unknown): Parsed | Faults {
  if (!ROUTE_NAME.test(name))
    return [`route "${name}": a name has letters, digits, - and _, at most 63`];
  const common = v.safeParse(RouteSchema, route);
  if (!common.success) return faultsOf(name, common.issues);
  const { to } = common.output;
  const definition = NOTIFIERS.find((known) => known.name === to);
  if (definition === undefined) {
    const known = NOTIFIERS.map((notifier) => notifier.name).join(', ');
    return [`route "${name}", to: no notifier "${to}" (there are ${known})`];
  }
  const options = v.safeParse(definition.options, route);
  if (!options.success) return faultsOf(name, options.issues);
  return { name, common: common.output, definition, options: options.output };
}

const faultsOf = (name: string, issues: readonly v.BaseIssue<unknown>[]): Faults =>
  issues.map((issue) => {
    const field = v.getDotPath(issue);
    return `route "${name}"${field === null ? '' : `, ${field}`}: ${issue.message}`;
  });

function createRoute(
  { name, common, definition, options }: Parsed,
  context: RoutesContext,
): Route | Faults {
  const { quietHours } = common;
  const { hold, now = Date.now } = context;
  if (quietHours !== undefined && definition.isRecord === true)
    return [`route "${name}", quietHours: a notifier that keeps a record is never quiet`];
  let notifier: Notifier;
  try {
    notifier = definition.create(options, context);
  } catch (error) {
    if (!(error instanceof RouteFault)) throw error;
    return [`route "${name}", ${error.field}: ${error.message}`];
  }
  return {
    name,
    isDefault: common.default,
    async send({ notice, key, receipt = null }) {
      if (isMuted(notice, common.muteLabels)) return { outcome: 'muted' };
      const until = quietHours === undefined ? null : quietUntil(quietHours, now());
      if (until !== null && notice.topic !== 'digest') {
        await hold(name, { notice, key, until });
        return { outcome: 'held' };
      }
      return notifier.send(toSending(notice, key, receipt, common.template, context));
    },
  };
}

const isMuted = ({ labels = [] }: Notice, muteLabels: readonly string[]): boolean =>
  labels.some((label) => muteLabels.includes(label));

function toSending(
  notice: Notice,
  key: string,
  receipt: string | null,
  template: Template | undefined,
  { executionPage }: NotifierContext,
): Sending {
  const links = {
    run: toLink(notice.url),
    execution: toLink(executionPage(notice.executionId)),
  };
  return {
    notice,
    key: key.replaceAll(/[^\x21-\x7e]/g, '_'),
    receipt,
    write: (escape) => writeNotice(template, notice, links, escape),
    links,
  };
}

/** As the standard writes it, without what could end a link in any markup; null for what is no web page. */
function toLink(url: string | null): string | null {
  if (url === null || !URL.canParse(url)) return null;
  const { protocol, href } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:') return null;
  return href.replaceAll(
    /[<>"'()[\]|\\`*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
