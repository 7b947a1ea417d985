/** A simulator whose clock and chance the test owns, with the deliveries it sends caught instead of sent. */
import type { Clock } from '../../../dev/simulator/clock.ts';
import type { DeliveryEntry, OperationEntry } from '../../../dev/simulator/journal.ts';
import type { SimulatorInput } from '../../../dev/simulator/options.ts';
import { createSimulator } from '../../../dev/simulator/simulator.ts';

const START_AT = 1_760_000_000_123;

/** Turns of the event loop that let every pending promise of one step come through. */
const TURNS = 30;

type Key = { readonly id: string; readonly secret: string };

const OWN_KEY: Key = { id: '01JTESTKEY0000000000000000', secret: 'secret' };

type Caught = {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly json: Record<string, unknown>;
};

type Answer = {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: { message: string }[];
};

export async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1)
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
}

class ManualClock implements Clock {
  #now = START_AT;
  #timers: { readonly at: number; readonly callback: () => void }[] = [];

  now = () => this.#now;

  after = (delayMs: number, callback: () => void) => {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  };

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settle();
      const [next] = this.#timers.toSorted((a, b) => a.at - b.at);
      if (next === undefined || next.at > end) break;
      this.#timers = this.#timers.filter((each) => each !== next);
      this.#now = next.at;
      next.callback();
    }
    this.#now = end;
  }
}

/** Longer than any run of these tests takes, waits for people apart. */
const LONG_MS = 10_000;

export function startSimulator(input: SimulatorInput & { answers?: (number | Error)[] } = {}) {
  const { answers = [], ...options } = input;
  const clock = new ManualClock();
  const caught: Caught[] = [];
  const catchDelivery: typeof fetch = async (url, init) => {
    const { method, url: to, headers } = new Request(url, init);
    const body = await new Request(url, init).text();
    const json = JSON.parse(body) as Record<string, unknown>;
    caught.push({ url: to, method, headers: Object.fromEntries(headers), body, json });
    const answer = answers.shift() ?? 200;
    if (answer instanceof Error) throw answer;
    return new Response('', { status: answer });
  };
  const simulator = createSimulator({
    apiKeyId: OWN_KEY.id,
    apiKeySecret: OWN_KEY.secret,
    seed: 1,
    clock,
    fetch: catchDelivery,
    ...options,
  });

  async function send(method: string, path: string, body?: unknown, headers = {}) {
    const request = new Request(`http://simulator${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const response = await simulator.fetch(request);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text };
  }

  async function control(method: string, path: string, body?: unknown) {
    const { status, text } = await send(method, `/control${path}`, body);
    return { status, json: text === '' ? null : (JSON.parse(text) as unknown) };
  }

  async function ask(query: string, variables = {}, headers = {}): Promise<Answer> {
    const { text } = await send('POST', '/graphql', { query, variables }, headers);
    return JSON.parse(text) as Answer;
  }

  async function logIn({ id, secret }: Key = OWN_KEY): Promise<{ Authorization: string }> {
    const { data } = await ask(
      'mutation ($id: ID!, $secret: String!) { apiKeyUser(id: $id, secret: $secret) { jwt } }',
      { id, secret },
    );
    const user = data?.['apiKeyUser'] as { jwt: string } | null;
    return { Authorization: `Bearer ${user?.jwt ?? ''}` };
  }

  return {
    clock,
    caught,
    send,
    control,
    ask,
    logIn,
    close: simulator.close,
    passTime: () => clock.advance(LONG_MS),
    states: async (stack: string) => {
      const { json } = await control('GET', `/runs?stack=${stack}`);
      return (json as { history: { state: string }[] }[]).map(({ history }) =>
        history.map(({ state }) => state),
      );
    },
    lastStates: async (stack: string) => {
      const { json } = await control('GET', `/runs?stack=${stack}`);
      return (json as { state: string }[]).map(({ state }) => state);
    },
    startRun: async (stack: string, body: object = {}) => {
      const { status, json } = await control('POST', `/stacks/${stack}/runs`, body);
      if (status !== 201) throw new Error(`run not started: ${JSON.stringify(json)}`);
      return (json as { id: string }).id;
    },
    journal: async () => {
      const { json } = await control('GET', '/journal');
      return json as { operations: OperationEntry[]; deliveries: DeliveryEntry[] };
    },
  };
}
