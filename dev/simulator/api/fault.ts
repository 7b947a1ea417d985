/**
 * What can go wrong with one request, and what becomes of its answer then. Plain data and pure functions: fault-book.ts
 * decides which request a fault befalls, faulty-answer.ts carries it out.
 */

export type Fault = {
  /** HTTP status in place of the true answer. */
  readonly status?: number;
  /** Message of a GraphQL error in place of the true answer; with status 200 unless `status` says otherwise. */
  readonly message?: string;
  /** Body in place of the true answer, as it stands, which need not be JSON. */
  readonly body?: string;
  /** No answer comes: the connection breaks. */
  readonly lost: boolean;
  /** Whether the operation is carried out although something else takes the place of its answer. */
  readonly created: boolean;
  /** The operation is carried out this much later; what takes the place of its answer does not wait for that. */
  readonly createdAfterMs?: number;
  /** Once the run that the request made or named is in this state, or has ended, the answer goes out. */
  readonly untilState?: string;
  /** The answer goes out once nothing that was to be delivered of that run is under way any more. */
  readonly untilDelivered: boolean;
  /** The answer goes out this much later, after all else. */
  readonly hangMs: number;
  readonly retryAfterSeconds?: number;
  /** Paths in the true answer's data, such as `stack.runs`, that become null. */
  readonly nullAt?: readonly string[];
  /** Message of a GraphQL error that comes with the true answer's data. */
  readonly errorBeside?: string;
  /** Whether the request is answered as if its token had expired. */
  readonly expiredToken: boolean;
};

/** Marks an answer that a server must not send. */
export const LOST_HEADER = 'Simulator-Answer-Lost';

const JSON_TYPE = 'application/json';

/** What takes the place of the true answer; null when nothing does. A lost answer has no shape at all. */
export function replacementOf(fault: Fault): Response | null {
  const { body, message, retryAfterSeconds, status } = fault;
  const headers = {
    ...(retryAfterSeconds !== undefined && { 'Retry-After': String(retryAfterSeconds) }),
  };
  const shape = { status: status ?? 200, headers };
  if (fault.lost) return createLostAnswer();
  if (body !== undefined)
    return new Response(body, { ...shape, headers: { ...headers, 'Content-Type': JSON_TYPE } });
  if (message !== undefined) return Response.json({ data: null, errors: [{ message }] }, shape);
  return status === undefined ? null : new Response('simulated fault', shape);
}

/** Whether the request is carried out at all. */
export const isCarriedOut = (fault: Fault, isReplaced: boolean): boolean =>
  !isReplaced || fault.created || fault.createdAfterMs !== undefined;

type GraphqlAnswer = {
  data?: unknown;
  errors?: readonly { readonly message: string; readonly path?: readonly (string | number)[] }[];
};

/** The true answer with parts of its data gone, or an error beside it. */
export async function mar(answer: Response, fault: Fault): Promise<Response> {
  const { errorBeside, nullAt = [] } = fault;
  if (answer.status !== 200 || (errorBeside === undefined && nullAt.length === 0)) return answer;
  const marred = (await answer.json()) as GraphqlAnswer;
  const paths = nullAt.map((path) => path.split('.'));
  for (const path of paths) clearAt(marred.data, path);
  if (errorBeside !== undefined) {
    const [path] = paths;
    const error = { message: errorBeside, ...(path !== undefined && { path }) };
    marred.errors = [...(marred.errors ?? []), error];
  }
  return Response.json(marred);
}

/** A path through a list means every member of it; one that leads nowhere changes nothing. */
function clearAt(parent: unknown, [name, ...rest]: readonly string[]): void {
  if (Array.isArray(parent)) {
    for (const member of parent) clearAt(member, name === undefined ? rest : [name, ...rest]);
    return;
  }
  if (typeof parent !== 'object' || parent === null || name === undefined) return;
  const holder = parent as Record<string, unknown>;
  if (!Object.hasOwn(holder, name)) return;
  if (rest.length === 0) holder[name] = null;
  else clearAt(holder[name], rest);
}

/** Its body breaks off before the first byte; the header tells a server not to send even its head. */
function createLostAnswer(): Response {
  const body = new ReadableStream({
    start: (controller) => controller.error(new Error('connection lost')),
  });
  return new Response(body, { headers: { [LOST_HEADER]: 'yes' } });
}
