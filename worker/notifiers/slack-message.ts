/**
 * A notice as Slack's blocks. Whatever comes from outside is escaped by Slack's rule (`&`, `<`, `>` are its control
 * characters), so that no name of a stack calls a channel; `verbatim` keeps it from making links and mentions by itself.
 */
import type { Sending } from './definition.ts';
import { cut } from './text.ts';

/** Of a section's text, by Slack's documentation; `text` beside blocks is for notifications only. */
const SECTION_LIMIT = 3000;

export const escapeSlack = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** What is escaped grows, and an entity cut in two would show. */
const cutEscaped = (text: string, limit: number): string =>
  cut(text, limit).replace(/(&[a-z]{0,4}|<[^>]*)…$/, '…');

export function toSlackMessage({ write, links }: Sending) {
  const text = cutEscaped(write(escapeSlack), SECTION_LIMIT) || '…';
  const pages = [
    ...(links.run === null ? [] : [`<${links.run}|Run in Spacelift>`]),
    ...(links.execution === null ? [] : [`<${links.execution}|Execution in Temporal>`]),
  ];
  return {
    text,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'section' as const, text: mrkdwn(text) },
      ...(pages.length === 0
        ? []
        : [{ type: 'context' as const, elements: [mrkdwn(pages.join(' · '))] }]),
    ],
  };
}

const mrkdwn = (text: string) => ({ type: 'mrkdwn' as const, text, verbatim: true });
