/**
 * Microsoft Teams by a workflow with the trigger "When a Teams webhook request is received": an Adaptive Card a notice. All
 * its text is in RichTextBlocks, the one element whose text Teams takes as it is: in a TextBlock a stack's name could be a
 * link. So templates for Teams are plain text. The workflow knows no key for a card.
 */
import * as v from 'valibot';
import { strictFetch } from './answers.ts';
import { defineNotifier, readSecretUrl, type Sending } from './definition.ts';
import { cut } from './text.ts';

/** A message may have 28 KB; in UTF-8 a character has up to 4 bytes, in JSON up to 6. */
const TEXT_LIMIT = 3000;

/** Each is an element of its own; what comes after is in one. */
const LINES_LIMIT = 40;

export const teams = defineNotifier({
  name: 'teams',
  /** The workflow's URL holds its signature: a secret. */
  options: v.object({ urlFrom: v.string() }),
  deduplicates: false,
  create({ urlFrom }, context) {
    const url = readSecretUrl(context, 'urlFrom', urlFrom);
    const post = strictFetch(context.fetch);
    return {
      async send(sending) {
        await post(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(toMessage(sending)),
        });
        return { outcome: 'sent' };
      },
    };
  },
});

const toMessage = (sending: Sending) => ({
  type: 'message',
  attachments: [
    {
      contentType: 'application/vnd.microsoft.card.adaptive',
      contentUrl: null,
      content: toCard(sending),
    },
  ],
});

function toCard({ notice, write, links }: Sending) {
  const written = cut(
    write((text) => text),
    TEXT_LIMIT,
  ).split('\n');
  const rest = written.slice(LINES_LIMIT).join(' ').trim();
  const lines = [...written.slice(0, LINES_LIMIT), ...(rest === '' ? [] : [rest])];
  const openUrl = (title: string, url: string | null) =>
    url === null ? [] : [{ type: 'Action.OpenUrl', title, url }];
  const isBad = ['run-failed', 'stack-failed', 'internal-error'].includes(notice.topic);
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: lines.map((text, index) => ({
      type: 'RichTextBlock',
      inlines: [
        {
          type: 'TextRun',
          text: text || ' ',
          ...(index === 0 && { weight: 'bolder', color: isBad ? 'attention' : 'default' }),
        },
      ],
    })),
    actions: [
      ...openUrl('Run in Spacelift', links.run),
      ...openUrl('Execution in Temporal', links.execution),
    ],
  };
}
