import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeGithub } from '../../../worker/notifiers/github-text.ts';
import { escapeSlack, toSlackMessage } from '../../../worker/notifiers/slack-message.ts';
import { cut, toLine, toLines } from '../../../worker/notifiers/text.ts';
import { RUN_NOTICE } from './support.ts';

/** Texts that are thick with what matters to the outlets. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '<',
        '>',
        '&',
        '`',
        '@',
        '\n',
        '\r',
        '\u0000',
        '\u202e',
        '🚀',
        '\ud83d',
        'lt;',
      ),
      fc.string({ unit: 'binary', maxLength: 5 }),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''));

const holds = (property: (text: string) => void) => fc.assert(fc.property(text, property));

describe('texts from outside', () => {
  test('toLine() leaves one line, without what is not seen', () => {
    holds((given) => {
      expect(toLine(given)).not.toMatch(/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
    });
  });

  test('toLines() leaves lines, and no other control character', () => {
    holds((given) => {
      expect(toLines(given)).not.toMatch(/(?!\n)\p{Cc}|[\u202a-\u202e]/u);
      expect(toLines(given).split('\n').length).toBeLessThanOrEqual(given.split('\n').length);
    });
    expect(toLines('a\nb')).toBe('a\nb');
  });

  test('cut() keeps to the length, and cuts no character in two', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 1, max: 20 }),
        (given, limit) => {
          const kept = cut(given, limit);
          expect(kept.length).toBeLessThanOrEqual(limit);
          expect(kept).not.toMatch(/\p{Cs}/u);
          if (given.length <= limit) expect(kept).toBe(given);
        },
      ),
    );
  });

  test('escapeSlack() leaves none of its control characters, and nothing is lost', () => {
    holds((given) => {
      const escaped = escapeSlack(given);
      expect(escaped).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
      const back = escaped.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
      expect(back).toBe(given);
    });
  });

  test('toSlackMessage() cuts no entity and no link in two', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2980, max: 3020 }), text, (length, tail) => {
        const written = `${'x'.repeat(length)}<https://a.example|b>${escapeSlack(tail)}`;
        const sending = { notice: RUN_NOTICE, key: 'k', receipt: null, write: () => written };
        const { text: sent } = toSlackMessage({
          ...sending,
          links: { run: null, execution: null },
        });
        expect(sent.length).toBeLessThanOrEqual(3000);
        expect(sent).not.toMatch(/&(?!amp;|lt;|gt;)|<[^>]*$/);
      }),
    );
  });

  test('escapeGithub() leaves every line in one code span, or empty', () => {
    holds((given) => {
      for (const line of escapeGithub(toLines(given)).split('\n'))
        expect(line).toMatch(/^(`[^`]+`)?$/);
    });
  });
});
