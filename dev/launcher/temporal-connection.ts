/** Which Temporal the launch uses, and how the launcher itself talks to it. */
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { createPayloadCodec } from '../../shared/payloads/codec.ts';
import { parsePayloadKeys } from '../../shared/payloads/keys.ts';
import { SEARCH_ATTRIBUTES } from '../../shared/contract/names.ts';
import type { Env } from './toolchain.ts';

export type TemporalTarget = {
  readonly address: string;
  readonly namespace: string;
  /** False when `TEMPORAL_ADDRESS` names a server that somebody else runs. */
  readonly isOurs: boolean;
  /** What worker, starter and the launcher's own client read their connection from, by envconfig. */
  readonly env: Env;
};

const WORKFLOW_SERVICE = 'temporal.api.workflowservice.v1.WorkflowService';

/** One look; a server that starts answers or refuses well within it. */
const LOOK_WITHIN_MS = 1500;
/** The same over TLS to another place. */
const FAR_LOOK_WITHIN_MS = 10_000;

const PAYLOAD_KEYS = 'PAYLOAD_KEYS';

/** The server that the caller's environment names, if it names one. */
export function givenTarget(env: Env): TemporalTarget | null {
  const address = env['TEMPORAL_ADDRESS'];
  if (address === undefined || address === '') return null;
  const settings = Object.fromEntries(
    Object.entries(env).filter(([name]) => name.startsWith('TEMPORAL_') || name === PAYLOAD_KEYS),
  );
  const { namespace } = loadClientConnectConfig({ overrideEnvVars: { ...env } });
  return { address, namespace: namespace ?? 'default', isOurs: false, env: settings };
}

/** A server of our own; `emptyConfig` keeps a profile of the caller's (TLS, API key) away from it. */
export function ownTarget(port: number, emptyConfig: string, env: Env = {}): TemporalTarget {
  const address = `127.0.0.1:${port}`;
  const namespace = 'default';
  return {
    address,
    namespace,
    isOurs: true,
    env: {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      TEMPORAL_CONFIG_FILE: emptyConfig,
      ...(env[PAYLOAD_KEYS] !== undefined && { [PAYLOAD_KEYS]: env[PAYLOAD_KEYS] }),
    },
  };
}

/** A client that connects with the first call; close it through `client.connection`. */
export function createTemporalClient(target: TemporalTarget): {
  readonly client: Client;
  readonly close: () => Promise<void>;
} {
  const { connectionOptions, namespace } = loadClientConnectConfig({
    overrideEnvVars: { ...target.env },
  });
  const connection = Connection.lazy(connectionOptions);
  const keys = parsePayloadKeys(target.env[PAYLOAD_KEYS] ?? '');
  if (keys === null) throw new Error(`Cannot read results: ${PAYLOAD_KEYS} is malformed`);
  const client = new Client({
    connection,
    namespace: namespace ?? target.namespace,
    dataConverter: { payloadCodecs: [createPayloadCodec(keys)] },
  });
  return { client, close: () => connection.close() };
}

/** Serving, with our namespace and (on our own server) our search attributes registered. */
export async function looksReady(target: TemporalTarget): Promise<boolean> {
  try {
    await look(target);
    return true;
  } catch {
    return false;
  }
}

/** One look at a server that is said to run already; the error says what a person can check. */
export async function expectReachable(target: TemporalTarget): Promise<void> {
  try {
    await look(target);
  } catch (cause) {
    // gRPC ends its sentence with a note that is empty most of the time.
    const details = String(cause instanceof Error ? cause.message : cause).replace(
      / Resolution note: $/,
      '',
    );
    throw new Error(
      `Cannot reach Temporal at ${target.address}, namespace "${target.namespace}": ${details}`,
      { cause },
    );
  }
}

async function look(target: TemporalTarget): Promise<void> {
  const { namespace, isOurs } = target;
  const { connectionOptions } = loadClientConnectConfig({ overrideEnvVars: { ...target.env } });
  // No interceptors: the default ones would retry a refused connection for 20 s.
  const connection = Connection.lazy({ ...connectionOptions, interceptors: [] });
  const withinMs = isOurs ? LOOK_WITHIN_MS : FAR_LOOK_WITHIN_MS;
  try {
    await connection.withDeadline(Date.now() + withinMs, async () => {
      if (!isOurs) {
        await connection.workflowService.describeNamespace({ namespace });
        return;
      }
      await connection.healthService.check({ service: WORKFLOW_SERVICE });
      const known = await connection.operatorService.listSearchAttributes({ namespace });
      const missing = Object.values(SEARCH_ATTRIBUTES).filter(
        (name) => !Object.hasOwn(known.customAttributes, name),
      );
      if (missing.length > 0) throw new Error(`no search attributes ${missing.join(', ')} yet`);
    });
  } finally {
    await connection.close();
  }
}
