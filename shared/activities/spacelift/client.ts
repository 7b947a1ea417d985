/**
 * One account's Spacelift API: GraphQL over HTTP with one deadline a call, a token exchanged once and renewed before it
 * expires or when it is refused, and failures classed by what a caller may do next.
 */
import { ClientError, GraphQLClient } from 'graphql-request';
import * as v from 'valibot';
import { redact } from '../redact.ts';
import { failureOfErrors, failureOfNetwork, failureOfStatus, SpaceliftFailure } from './failure.ts';

export type SpaceliftAccount = {
  readonly account: string;
  /** Account URL without `/graphql`. */
  readonly endpoint: string;
  readonly keyId: string;
  readonly keySecret: string;
};

export type SpaceliftClientDeps = {
  readonly fetch: typeof fetch;
  readonly now: () => number;
  /** Longest wait for one answer. */
  readonly deadlineMs: number;
};

export type SpaceliftCall<T> = {
  /** For people: what is tried, as in "trigger a run of stack x". */
  readonly operation: string;
  readonly document: string;
  readonly variables: Record<string, unknown>;
  readonly headers?: Record<string, string>;
  readonly schema: v.GenericSchema<unknown, T>;
};

export type SpaceliftClient = {
  readonly account: SpaceliftAccount;
  /** Throws {@link SpaceliftFailure}. */
  readonly call: <T>(call: SpaceliftCall<T>) => Promise<T>;
};

/** Renewed this long before it expires: an answer may take its time. */
const TOKEN_MARGIN_MS = 60_000;

const EXCHANGE = `mutation Exchange($id: ID!, $secret: String!) {
  apiKeyUser(id: $id, secret: $secret) { jwt validUntil }
}`;

const ExchangeSchema = v.object({
  apiKeyUser: v.nullable(v.object({ jwt: v.string(), validUntil: v.number() })),
});

const ErrorSchema = v.object({ message: v.string() });

type Token = { readonly jwt: string; readonly validUntilMs: number };

export function createSpaceliftClient(
  account: SpaceliftAccount,
  deps: SpaceliftClientDeps,
): SpaceliftClient {
  const url = `${account.endpoint.replace(/\/+$/, '')}/graphql`;
  let token: Promise<Token> | null = null;
  let refused: Token | null = null;

  /** The first caller to notice that the token is of no use renews it; the others wait for the same exchange. */
  async function currentToken(): Promise<Token> {
    const held = token;
    const known = held === null ? null : await held.catch(() => null);
    if (known !== null && isUsable(known)) return known;
    if (token === held) token = exchangeKey();
    return token ?? exchangeKey();
  }

  const isUsable = (known: Token) =>
    known !== refused && known.validUntilMs - deps.now() > TOKEN_MARGIN_MS;

  async function exchangeKey(): Promise<Token> {
    const operation = `exchange the API key of account ${account.account} for a token`;
    const variables = { id: account.keyId, secret: account.keySecret };
    const exchange = { operation, document: EXCHANGE, variables, schema: ExchangeSchema };
    const { apiKeyUser } = await post(url, deps, exchange, [account.keySecret]).catch(
      asNothingDone,
    );
    if (apiKeyUser === null)
      throw new SpaceliftFailure(operation, 'API key is not accepted', 'final');
    return { jwt: apiKeyUser.jwt, validUntilMs: apiKeyUser.validUntil * 1000 };
  }

  async function authorised<T>(call: SpaceliftCall<T>, { jwt }: Token): Promise<T> {
    const headers = { ...call.headers, Authorization: `Bearer ${jwt}` };
    return post(url, deps, { ...call, headers }, [account.keySecret, jwt]);
  }

  return {
    account,
    async call(call) {
      const used = await currentToken();
      try {
        return await authorised(call, used);
      } catch (error) {
        if (!(error instanceof SpaceliftFailure) || !error.isTokenRefused) throw error;
        refused = used;
        return authorised(call, await currentToken());
      }
    },
  };
}

/** An exchange that fails did nothing to any run, whatever the server did. */
function asNothingDone(error: unknown): never {
  if (error instanceof SpaceliftFailure && error.failureClass === 'ambiguous')
    throw new SpaceliftFailure(error.operation, error.reason, 'retryable', error);
  throw error;
}

/** `secrets` are what was sent and must not come back in a message, should an answer repeat its request. */
async function post<T>(
  url: string,
  { fetch, deadlineMs }: SpaceliftClientDeps,
  { operation, document, variables, headers, schema }: SpaceliftCall<T>,
  secrets: readonly string[],
): Promise<T> {
  const graphql = new GraphQLClient(url, { fetch, errorPolicy: 'all' });
  let answer: { data: unknown; errors?: unknown };
  try {
    answer = await graphql.rawRequest<unknown>({
      query: document,
      variables,
      requestHeaders: headers ?? {},
      signal: AbortSignal.timeout(deadlineMs),
    });
  } catch (error) {
    throw failureOf(operation, error, secrets);
  }
  const messages = messagesOf(answer.errors, secrets);
  const failure = messages.length > 0 ? failureOfErrors(operation, messages) : null;
  // First, since to nobody a thing that is there may be called "not found".
  if (isViewerNull(answer.data)) {
    const reason = failure?.reason ?? 'token is not accepted';
    const failureClass = failure?.failureClass ?? 'final';
    throw new SpaceliftFailure(operation, reason, failureClass, { isTokenRefused: true });
  }
  if (failure !== null) throw failure;
  const parsed = v.safeParse(schema, answer.data);
  if (!parsed.success)
    throw new SpaceliftFailure(operation, 'answer has an unknown shape', 'ambiguous');
  return parsed.output;
}

/** An expired token answers list queries with status 200 and nothing in them; only the viewer gives it away. */
const isViewerNull = (answer: unknown): boolean =>
  typeof answer === 'object' && answer !== null && 'viewer' in answer && answer.viewer === null;

/** The library's own message repeats the variables, so nothing of it is passed on. */
function failureOf(
  operation: string,
  error: unknown,
  secrets: readonly string[],
): SpaceliftFailure {
  if (!(error instanceof ClientError)) return failureOfNetwork(operation, error);
  const { status, headers, errors } = error.response;
  const messages = messagesOf(errors, secrets);
  if (status < 500 && status !== 429 && messages.length > 0)
    return failureOfErrors(operation, messages);
  const retryAfter = headers instanceof Headers ? headers.get('Retry-After') : null;
  return failureOfStatus(operation, status, retryAfter);
}

/** Texts of `errors`, which the library types but does not check; whom a lock is held by is nobody's business here. */
function messagesOf(errors: unknown, secrets: readonly string[]): readonly string[] {
  if (errors === undefined || errors === null) return [];
  return (Array.isArray(errors) ? errors : [errors]).map((error: unknown) => {
    const parsed = v.safeParse(ErrorSchema, error);
    const text = parsed.success ? parsed.output.message : 'error without a message';
    return redact(secrets.reduce((kept, secret) => kept.replaceAll(secret, '[redacted]'), text));
  });
}
