/** `POST /graphql`, around the executor: who asks, which fault is due, what is answered, and the line in the journal. */
import type { Pauses } from '../clock.ts';
import type { Journal, OperationEntry } from '../journal.ts';
import type { SimulatorOptions } from '../options.ts';
import type { Authority } from './auth.ts';
import type { Executor } from './executor.ts';
import type { Fault, FaultBook } from './faults.ts';
import { readRootFields } from './root-fields.ts';

/** Stored on the run, and told again in policy inputs. */
const USER_METADATA_HEADER = 'Spacelift-User-Provided-Run-Metadata';

type EndpointDeps = {
  readonly execute: Executor;
  readonly authority: Authority;
  readonly faults: FaultBook;
  readonly journal: Journal;
  readonly pauses: Pauses;
  readonly options: SimulatorOptions;
};

export type Endpoint = (request: Request) => Promise<Response>;

export function createEndpoint(deps: EndpointDeps): Endpoint {
  const { authority, execute, faults, journal, options, pauses } = deps;

  return async function endpoint(request) {
    const at = options.clock.now();
    const body = await request.text();
    const fields = readRootFields(body);
    const authorization = request.headers.get('Authorization');
    const viewer = authorization === null ? null : authority.identify(authorization);
    const userMetadata = request.headers.get(USER_METADATA_HEADER);
    const isTurnedAway =
      authorization !== null && viewer === null && options.switches.staleToken === 'status-401';
    const carryOut = async () =>
      isTurnedAway
        ? new Response('unauthorized', { status: 401 })
        : execute(body, { viewer, userMetadata });
    const fault = faults.take(fields.map(({ name }) => name));
    const response = await answerWith(fault, carryOut, pauses);
    const text = await response.text();
    const error = errorOf(text, response.status);
    for (const { name, ...subject } of fields)
      journal.addOperation({
        at,
        operation: name,
        ...subject,
        status: response.status,
        ...(userMetadata !== null && { userMetadata }),
        ...(error !== null && { error }),
      } satisfies OperationEntry);
    return new Response(text, { status: response.status, headers: response.headers });
  };
}

/** The true answer, or the one a fault puts in its place; either may be late. */
async function answerWith(
  fault: Fault | null,
  carryOut: () => Promise<Response>,
  pauses: Pauses,
): Promise<Response> {
  if (fault === null) return carryOut();
  const instead = answerOf(fault);
  const answer = instead === null || fault.created ? await carryOut() : null;
  if (fault.hangMs > 0) await pauses.wait(fault.hangMs);
  return instead ?? answer ?? new Response('internal error', { status: 500 });
}

/** Null when the fault only makes the true answer late. */
function answerOf({ status, message, retryAfterSeconds }: Fault): Response | null {
  const headers = {
    ...(retryAfterSeconds !== undefined && { 'Retry-After': String(retryAfterSeconds) }),
  };
  if (message !== undefined)
    return Response.json({ data: null, errors: [{ message }] }, { status: status ?? 200, headers });
  return status === undefined ? null : new Response('simulated fault', { status, headers });
}

/** What the journal says went wrong; null for an answer without errors. */
function errorOf(text: string, status: number): string | null {
  if (status !== 200) return text;
  const { errors } = JSON.parse(text) as { errors?: readonly { readonly message: string }[] };
  return errors?.[0]?.message ?? null;
}
