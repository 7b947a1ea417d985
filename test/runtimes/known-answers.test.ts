import { describe, expect, test } from 'vitest';
import type { Edge } from './kit/edge.ts';
import type { Answer } from './kit/exchange.ts';
import { createOperator, OPERATOR_TOKEN } from './kit/operator.ts';
import { onEveryEdge } from './kit/path.ts';
import { send } from './kit/requests.ts';
import {
  DEFAULT_LIMIT_ANSWERS,
  ID,
  KNOWN_ANSWERS,
  type KnownAnswer,
  SECRETS,
  SMALL_LIMIT_ANSWERS,
  SMALL_LIMIT_BYTES,
  WEBHOOKS,
} from './known-answers.ts';

const UUID = /"deliveryId":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"/;

const ENV = {
  ...SECRETS,
  WEBHOOKS: JSON.stringify(WEBHOOKS),
  OPERATOR_TOKEN,
  LOG_LEVEL: 'info',
};

const headerOf = ({ headers }: Answer, name: string) =>
  headers.find(([each]) => each.toLowerCase() === name)?.[1];

async function check(edge: Edge, known: KnownAnswer): Promise<void> {
  const answer = await send(edge.port, known);
  const json = answer.body.replace(UUID, JSON.stringify({ deliveryId: ID }).slice(1, -1));
  expect({
    status: answer.status,
    answer: json === '' ? null : (JSON.parse(json) as object),
    type: headerOf(answer, 'content-type'),
    allow: headerOf(answer, 'allow'),
  }).toEqual({
    status: known.status,
    answer: known.answer,
    type: 'application/json',
    allow: known.allow,
  });
  if (known.kept === undefined) return;
  const { deliveryId } = JSON.parse(answer.body) as { deliveryId: string };
  const { inbox, delivery, envelope } = await createOperator(edge).show(deliveryId);
  expect({ ...delivery, inbox, envelope }).toMatchObject(known.kept);
}

onEveryEdge('known answers', ENV, (alone) => {
  describe.each(Object.entries(KNOWN_ANSWERS))('%s', (_, answers) => {
    test.each(answers)('$name', (known) => check(alone.edge, known));
  });

  describe('the default limit', () => {
    test.each(DEFAULT_LIMIT_ANSWERS)('$name', (known) => check(alone.edge, known));
  });

  test('an oversize delivery is heard out: an answer before its end is lost with the connection', async () => {
    const [over] = DEFAULT_LIMIT_ANSWERS.filter(({ status }) => status === 413);
    for (let time = 0; time < 15; time += 1)
      expect(await send(alone.edge.port, over ?? {})).toMatchObject({ status: 413 });
  });

  test('refusals of forgeries are the same to the last byte', async () => {
    const forgeries = [
      ...KNOWN_ANSWERS['signature headers'],
      ...KNOWN_ANSWERS['second factor'],
    ].filter(({ status }) => status === 401);
    const answers = await Promise.all(forgeries.map((known) => send(alone.edge.port, known)));
    const looks = answers.map(({ headers, ...answer }) =>
      JSON.stringify({
        ...answer,
        headers: headers.filter(([name]) => name.toLowerCase() !== 'date'),
      }),
    );
    expect(looks.length).toBeGreaterThan(40);
    expect([...new Set(looks)]).toHaveLength(1);
  });
});

const SMALL = { ...ENV, BODY_LIMIT_BYTES: String(SMALL_LIMIT_BYTES) };

onEveryEdge('known answers under a small limit', SMALL, (alone) => {
  test.each(SMALL_LIMIT_ANSWERS)('$name', (known) => check(alone.edge, known));
});
