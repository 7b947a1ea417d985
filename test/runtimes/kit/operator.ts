/** The operator routes of a running edge, asked as an operator would. */
import type { Edge } from './edge.ts';

export const OPERATOR_TOKEN = 'operator-token';

export type Reply<Body> = { readonly status: number; readonly body: Body };

/** Fields of what the routes answer, as far as tests look at them. */
export type Delivery = Readonly<Record<string, unknown>> & {
  readonly deliveryId: string;
  readonly key: string;
  readonly inbox: string;
  readonly status: string;
  readonly reason: string | null;
  readonly attempts: number;
  readonly redeliveries: number;
  readonly verdict: string | null;
  readonly lastError: string | null;
};

export type Shown = {
  readonly inbox: string;
  readonly outage: Readonly<Record<string, unknown>> | null;
  readonly delivery: Delivery;
  readonly attempts: readonly Readonly<Record<string, unknown>>[];
  readonly envelope: Readonly<Record<string, unknown>> | null;
  readonly body: { readonly form: string; readonly content: unknown } | null;
};

export type Page = { readonly deliveries: readonly Delivery[]; readonly nextCursor: string | null };

export type Counts = Readonly<Record<'pending' | 'delivered' | 'parked' | 'unparsed', number>>;

export type CountsPage = {
  readonly total: Counts;
  readonly inboxes: readonly (Counts & {
    readonly inbox: string;
    readonly oldestPendingAt: number | null;
    readonly outage: Readonly<Record<string, unknown>> | null;
  })[];
};

export type Redelivered = {
  readonly dryRun: boolean;
  readonly meaning: string | null;
  readonly results: readonly (Delivery & { readonly remedy: string })[];
  readonly unknown: readonly string[];
};

export function createOperator(edge: Pick<Edge, 'url'>) {
  async function ask<Body>(path: string, init: RequestInit = {}): Promise<Reply<Body>> {
    const response = await fetch(`${edge.url}/inbox${path}`, {
      ...init,
      headers: {
        Authorization: `Bearer ${OPERATOR_TOKEN}`,
        'Content-Type': 'application/json',
      },
    });
    return { status: response.status, body: (await response.json()) as Body };
  }
  const query = (fields: Readonly<Record<string, string>>) =>
    new URLSearchParams(fields).toString();

  return {
    ask,
    list: async (fields: Readonly<Record<string, string>> = {}) =>
      (await ask<Page>(`?${query(fields)}`)).body.deliveries,
    show: async (id: string, fields: Readonly<Record<string, string>> = {}) =>
      (await ask<Shown>(`/${id}?${query(fields)}`)).body,
    counts: async (fields: Readonly<Record<string, string>> = {}) =>
      (await ask<CountsPage>(`/counts?${query(fields)}`)).body,
    redeliver: async (wish: object) =>
      (await ask<Redelivered>('/redeliver', { method: 'POST', body: JSON.stringify(wish) })).body,
  };
}

export type Operator = ReturnType<typeof createOperator>;
