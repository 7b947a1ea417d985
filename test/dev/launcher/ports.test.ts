import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { choosePorts, PREFERRED_PORTS } from '../../../dev/launcher/ports.ts';

async function occupy(port: number) {
  const server = createServer();
  await new Promise<void>((resolve) => {
    // Taken by somebody else is as good as taken by us.
    server.once('error', () => resolve());
    server.listen(port, '127.0.0.1', () => resolve());
  });
  return { [Symbol.asyncDispose]: async () => void server.close() };
}

test('choosePorts() takes another port where the preferred one is taken, and says so', async () => {
  await using _ = await occupy(PREFERRED_PORTS.edge);
  const { ports, moved } = await choosePorts();
  expect(ports.edge).not.toBe(PREFERRED_PORTS.edge);
  expect(moved).toContainEqual({
    name: 'edge',
    preferred: PREFERRED_PORTS.edge,
    port: ports.edge,
  });
});

test.each(['preferred', 'any'] as const)(
  'choosePorts() never gives two parts one port (%s)',
  async (wish) => {
    const { ports } = await choosePorts(wish);
    const chosen = Object.values(ports);
    expect(new Set(chosen).size).toBe(chosen.length);
    expect(chosen.every((port) => port > 1023 && port < 65_536)).toBe(true);
  },
);

test('choosePorts() takes any ports from below those that systems lend', async () => {
  const { ports } = await choosePorts('any');
  for (const port of Object.values(ports)) {
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThan(32_000);
  }
});

test('choosePorts() gives launches beside each other different ports', async () => {
  const [one, other] = await Promise.all([choosePorts('any'), choosePorts('any')]);
  const all = [...Object.values(one.ports), ...Object.values(other.ports)];
  expect(new Set(all).size).toBe(all.length);
  expect(one.moved).toEqual([]);
});
