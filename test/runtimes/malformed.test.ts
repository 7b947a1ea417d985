/** What is signed is kept, and be it no JSON at all; with one digit of the signature changed nothing is. */
import { expect, test } from 'vitest';
import { onEveryEdge } from './kit/path.ts';
import { macOf } from './kit/requests.ts';
import { MALFORMED } from './malformed.ts';

const SECRET = 'malformed-secret';

const ENV = { SPACELIFT_WEBHOOK_SECRET: SECRET, LOG_LEVEL: 'info' };

const SENDERS = 8;

test('MALFORMED is 300 texts and more, none of them JSON', () => {
  expect(new Set(MALFORMED).size).toBeGreaterThanOrEqual(300);
  for (const text of new Set(MALFORMED))
    expect(() => void JSON.parse(text), text).toThrow(SyntaxError);
});

onEveryEdge('malformed bodies', ENV, (alone) => {
  test('are kept as unparsed, never refused, unless their signature is wrong', async () => {
    const { edge } = alone;
    const answerTo = async (body: string, mac: string) => {
      const response = await fetch(`${edge.url}/webhooks/spacelift`, {
        method: 'POST',
        headers: { 'X-Signature-256': `sha256=${mac}` },
        body,
      });
      const { status, reason, error } = (await response.json()) as Record<string, string>;
      return [response.status, status, reason ?? error].join(' ').trim();
    };
    const wrong: unknown[] = [];
    const waiting = [...new Set(MALFORMED)];
    const sendOn = async () => {
      for (let body = waiting.pop(); body !== undefined; body = waiting.pop()) {
        const mac = macOf(body, SECRET);
        const at = waiting.length % mac.length;
        const forged = `${mac.slice(0, at)}${mac[at] === '0' ? '1' : '0'}${mac.slice(at + 1)}`;
        const answers = [await answerTo(body, forged), await answerTo(body, mac)];
        if (answers.join() !== '401  signature-wrong,202 unparsed body-not-json')
          wrong.push({ body, answers });
      }
    };
    await Promise.all(Array.from({ length: SENDERS }, sendOn));
    expect(wrong).toEqual([]);
  });
});
