/** `POST /graphql`, around the executor: who asks, which fault is due, what is answered, and the line in the journal. */
import type { Pauses } from '../clock.ts';
import type { Journal, OperationEntry } from '../journal.ts';
import type { SimulatorOptions } from '../options.ts';
import type { RunEngine } from '../runs/engine.ts';
import type { Authority } from './auth.ts';
import type { Executor } from './executor.ts';
import type { FaultBook } from './fault-book.ts';
import { createAnswerer } from './faulty-answer.ts';
import { readRootFields } from './root-fields.ts';

/** Stored on the run, and told again in policy inputs. */
const USER_METADATA_HEADER = 'Spacelift-User-Provided-Run-Metadata';

type EndpointDeps = {
  readonly engine: RunEngine;
  readonly execute: Executor;
  readonly authority: Authority;
  readonly faults: FaultBook;
  readonly journal: Journal;
  readonly pauses: Pauses;
  readonly options: SimulatorOptions;
};

export type Endpoint = (request: Request) => Promise<Response>;

export function createEndpoint(deps: EndpointDeps): Endpoint {
  const { authority, execute, faults, journal, options } = deps;
  const answer = createAnswerer(deps);

  return async function endpoint(request) {
    const at = options.clock.now();
    const body = await request.text();
    const fields = readRootFields(body);
    const authorization = request.headers.get('Authorization');
    const asking = authorization === null ? null : authority.identify(authorization);
    const userMetadata = request.headers.get(USER_METADATA_HEADER);
    const key = asking?.keyId ?? fields.find(({ name }) => name === 'apiKeyUser')?.id ?? null;
    const fault = faults.take({ fields, key });
    const entries = fields.map(({ name, stack, run }): OperationEntry => ({
      at,
      operation: name,
      ...(stack !== undefined && { stack }),
      ...(run !== undefined && { run }),
      ...(key !== null && { key }),
      ...(userMetadata !== null && { userMetadata }),
      ...(fault !== null && { fault }),
      made: [],
      status: null,
    }));
    for (const entry of entries) journal.addOperation(entry);

    const made: string[] = [];
    const carryOut = async () => {
      const viewer = fault?.expiredToken === true ? null : asking;
      if (authorization !== null && viewer === null && options.switches.staleToken === 'status-401')
        return new Response('unauthorized', { status: 401 });
      const addMade = (runId: string) => {
        made.push(runId);
        for (const entry of entries) entry.made.push(runId);
      };
      return execute(body, { viewer, userMetadata, addMade });
    };
    const named = fields.flatMap(({ run }) => run ?? []);
    const runs = () => (made.length > 0 ? made : named);
    const response = await answer(fault, { carryOut, runs });
    if (fault?.lost !== true) await record(entries, response.clone());
    return response;
  };
}

async function record(entries: readonly OperationEntry[], response: Response): Promise<void> {
  const error = errorOf(await response.text(), response.status);
  for (const entry of entries) {
    entry.status = response.status;
    if (error !== null) entry.error = error;
  }
}

/** What the journal says went wrong; null for an answer without errors. */
function errorOf(text: string, status: number): string | null {
  if (status !== 200) return text;
  try {
    const { errors } = JSON.parse(text) as { errors?: readonly { readonly message: string }[] };
    return errors?.[0]?.message ?? null;
  } catch {
    return 'answer is not JSON';
  }
}
