/**
 * One account's Spacelift API: GraphQL over HTTP with one deadline a call, a token exchanged once and renewed before it
 * expires or when it is refused, and failures classed by what a caller may do next.
 */
import { ClientError, GraphQLClient } from 'graphql-request';
import * as v from 'valibot';
import { redact } from '../redact.ts';
import {
  asNothingDone,
  failureOfErrors,
  failureOfNetwork,
  failureOfStatus,
  SpaceliftFailure,
  toRetryAfterMs,
} from './failure.ts';

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
    if (token === held) token = exchangeKey(account, url, deps);
    return token ?? exchangeKey(account, url, deps);
  }

  const isUsable = (known: Token) =>
    known !== refused && known.validUntilMs - deps.now() > TOKEN_MARGIN_MS;

  /** Every caller's failure names what that caller wanted, though they wait for the same exchange. */
  const tokenFor = ({ operation }: Pick<SpaceliftCall<unknown>, 'operation'>) =>
    currentToken().catch((error: unknown) => {
      if (!(error instanceof SpaceliftFailure)) throw error;
      const reason = `no token for account ${account.account}: ${error.reason}`;
      throw new SpaceliftFailure(operation, reason, error.failureClass, error);
    });

  async function authorised<T>(call: SpaceliftCall<T>, { jwt }: Token): Promise<T> {
    const headers = { ...call.headers, Authorization: `Bearer ${jwt}` };
    return post(url, deps, { ...call, headers }, [account.keySecret, jwt]);
  }

  /** What `unauthorized` means, which is said to nobody and to somebody without permission alike. */
  async function asRefusal(error: SpaceliftFailure, used: Token): Promise<SpaceliftFailure> {
    if (!/unauthorized/i.test(error.reason)) return error;
    try {
      await authorised({ ...WHO_AM_I, operation: error.operation }, used);
    } catch {
      return error;
    }
    const reason = `${error.reason} (the API key is logged in; its role does not allow this)`;
    return new SpaceliftFailure(error.operation, reason, 'final');
  }

  return {
    account,
    async call(call) {
      const used = await tokenFor(call);
      try {
        return await authorised(call, used);
      } catch (error) {
        if (!(error instanceof SpaceliftFailure) || !error.isTokenRefused) throw error;
        const refusal = await asRefusal(error, used);
        if (!refusal.isTokenRefused) throw refusal;
        refused = used;
        return authorised(call, await tokenFor(call));
      }
    },
  };
}

async function exchangeKey(
  { account, keyId, keySecret }: SpaceliftAccount,
  url: string,
  deps: SpaceliftClientDeps,
): Promise<Token> {
  const operation = `exchange the API key of account ${account} for a token`;
  const variables = { id: keyId, secret: keySecret };
  const exchange = { operation, document: EXCHANGE, variables, schema: ExchangeSchema };
  const { apiKeyUser } = await post(url, deps, exchange, [keySecret]).catch((error: unknown) => {
    throw error instanceof SpaceliftFailure ? asNothingDone(error) : error;
  });
  if (apiKeyUser === null)
    throw new SpaceliftFailure(operation, 'API key is not accepted', 'final');
  return { jwt: apiKeyUser.jwt, validUntilMs: apiKeyUser.validUntil * 1000 };
}

const WHO_AM_I = {
  document: 'query WhoAmI { viewer { id } }',
  variables: {},
  schema: v.object({ viewer: v.object({ id: v.string() }) }),
} as const;

/** `secrets` are what was sent and must not come back in a message, should an answer repeat its request. */
async function post<T>(
  url: string,
  deps: SpaceliftClientDeps,
  call: SpaceliftCall<T>,
  secrets: readonly string[],
): Promise<T> {
  try {
    return readAnswer(call, await request(url, deps, call), secrets);
  } catch (error) {
    const failure =
      error instanceof SpaceliftFailure
        ? error
        : failureOf(call.operation, error, secrets, deps.now());
    throw isMutation(call) ? failure : asNothingDone(failure);
  }
}

const isMutation = ({ document }: Pick<SpaceliftCall<unknown>, 'document'>): boolean =>
  /^\s*mutation\b/.test(document);

type Answer = { readonly data: unknown; readonly errors?: unknown };

const request = (
  url: string,
  { fetch, deadlineMs }: SpaceliftClientDeps,
  { document, variables, headers }: SpaceliftCall<unknown>,
): Promise<Answer> =>
  new GraphQLClient(url, { fetch, errorPolicy: 'all' }).rawRequest<unknown>({
    query: document,
    variables,
    requestHeaders: headers ?? {},
    signal: AbortSignal.timeout(deadlineMs),
  });

/**
 * Errors beside data: a mutation whose field is there was carried out, whatever else went wrong in the answer, and is
 * not to be done again. A query with a hole in it is not to be trusted: what is missing may be what was looked for.
 */
function readAnswer<T>(
  call: SpaceliftCall<T>,
  { data, errors }: Answer,
  secrets: readonly string[],
): T {
  const { operation, schema } = call;
  const messages = messagesOf(errors, secrets);
  const failure = messages.length > 0 ? failureOfErrors(operation, messages) : null;
  // First, since to nobody a thing that is there may be called "not found".
  if (isViewerNull(data))
    throw new SpaceliftFailure(operation, failure?.reason ?? 'token is not accepted', 'final', {
      isTokenRefused: true,
    });
  if (failure !== null && !(isMutation(call) && isCarriedOut(data))) throw failure;
  const parsed = v.safeParse(schema, data);
  if (!parsed.success)
    throw new SpaceliftFailure(operation, 'answer has an unknown shape', 'ambiguous');
  return parsed.output;
}

const isCarriedOut = (data: unknown): boolean =>
  typeof data === 'object' && data !== null && Object.values(data).some((field) => field !== null);

/** An expired token answers list queries with status 200 and nothing in them; only the viewer gives it away. */
const isViewerNull = (answer: unknown): boolean =>
  typeof answer === 'object' && answer !== null && 'viewer' in answer && answer.viewer === null;

/** These say more than the texts of errors that may come with them. */
const TELLING_STATUSES: readonly number[] = [401, 408, 429];

/** The library's own message repeats the variables, so nothing of it is passed on. */
function failureOf(
  operation: string,
  error: unknown,
  secrets: readonly string[],
  now: number,
): SpaceliftFailure {
  if (!(error instanceof ClientError)) return failureOfNetwork(operation, error);
  const { status, headers, errors } = error.response;
  const messages = messagesOf(errors, secrets);
  if (status < 500 && !TELLING_STATUSES.includes(status) && messages.length > 0)
    return failureOfErrors(operation, messages);
  const retryAfter = headers instanceof Headers ? headers.get('Retry-After') : null;
  return failureOfStatus(operation, status, toRetryAfterMs(retryAfter, now));
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
