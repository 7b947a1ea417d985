/**
 * What people read of a notice, by a route's template: a text with fields in braces, or a function of them. Fields are
 * escaped for the outlet before the template sees them; the template's own text is the user's and stays as it is.
 */
import type { Notice } from '../../shared/workflow/notice-messages.ts';
import type { Sending } from './definition.ts';
import { cut, toLine, toLines } from './text.ts';

/** In UTF-16 units; a name that is longer is none that anybody reads. */
const FIELD_LIMIT = 500;
const TEXT_LIMIT = 2500;

/** All of them texts, empty where nothing is known. */
export type TemplateFields = {
  readonly [Field in (typeof FIELDS)[number]]: string;
};

export const FIELDS = [
  'text',
  'topic',
  'account',
  'stackId',
  'runId',
  'state',
  'runType',
  'branch',
  'commit',
  'repository',
  'labels',
  'reminder',
  'runUrl',
  'executionUrl',
] as const;

export type Template = string | ((fields: TemplateFields) => string);

const FIELD = /\{(\w+)\}/g;

/** Fields that a template names and that there are not. */
export const unknownFields = (template: string): readonly string[] =>
  [...template.matchAll(FIELD)].map(([, field = '']) => field).filter((field) => !isField(field));

const isField = (name: string): name is keyof TemplateFields =>
  (FIELDS as readonly string[]).includes(name);

export function writeNotice(
  template: Template | undefined,
  notice: Notice,
  links: Sending['links'],
  escape: (text: string) => string,
): string {
  const fields = fieldsOf(notice, links, escape);
  if (template === undefined) return fields.text;
  if (typeof template === 'function') return template(fields);
  return template.replaceAll(FIELD, (_, field: string) => (isField(field) ? fields[field] : ''));
}

function fieldsOf(
  notice: Notice,
  links: Sending['links'],
  escape: (text: string) => string,
): TemplateFields {
  const of = (text: string | number | null | undefined) =>
    escape(cut(toLine(String(text ?? '')), FIELD_LIMIT));
  return {
    text: escape(cut(toLines(notice.text), TEXT_LIMIT)),
    topic: of(notice.topic),
    account: of(notice.account),
    stackId: of(notice.stackId),
    runId: of(notice.runId),
    state: of(notice.state),
    runType: of(notice.runType),
    branch: of(notice.branch),
    commit: of(notice.commit),
    repository: of(notice.repository),
    labels: of(notice.labels?.join(', ')),
    reminder: of(notice.reminder),
    runUrl: of(links.run),
    executionUrl: of(links.execution),
  };
}
