/** A Temporal server that says yes to every call at once and keeps nothing: what is left is the caller's own work. */
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import proto from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from '../../../shared/contract/names.ts';

const { workflowservice, operatorservice, enums } = proto.temporal.api;
const { v1: workflow } = workflowservice;
const { v1: operator } = operatorservice;

const KEYWORD = enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;

type Answer = { readonly path: string; readonly bytes: () => Uint8Array };

const RUN_ID = '01234567-89ab-4cde-8f01-23456789abcd';

const ofWorkflow = (method: string) => `/temporal.api.workflowservice.v1.WorkflowService/${method}`;

const ANSWERS: readonly Answer[] = [
  {
    path: ofWorkflow('GetSystemInfo'),
    bytes: () =>
      workflow.GetSystemInfoResponse.encode({
        serverVersion: '1.30.0',
        capabilities: { internalErrorDifferentiation: true },
      }).finish(),
  },
  {
    path: ofWorkflow('SignalWithStartWorkflowExecution'),
    bytes: () =>
      workflow.SignalWithStartWorkflowExecutionResponse.encode({
        runId: RUN_ID,
        started: true,
      }).finish(),
  },
  {
    path: '/temporal.api.operatorservice.v1.OperatorService/ListSearchAttributes',
    bytes: () =>
      operator.ListSearchAttributesResponse.encode({
        customAttributes: Object.fromEntries(
          Object.values(SEARCH_ATTRIBUTES).map((name) => [name, KEYWORD]),
        ),
      }).finish(),
  },
  {
    path: '/grpc.health.v1.Health/Check',
    // status: SERVING
    bytes: () => Uint8Array.of(8, 1),
  },
];

export type StubServer = { readonly address: string; readonly close: () => void };

export async function startStubServer(): Promise<StubServer> {
  const server = new Server();
  for (const { path, bytes } of ANSWERS) {
    const answer = Buffer.from(bytes());
    const handle: handleUnaryCall<Buffer, Buffer> = (_, reply) => reply(null, answer);
    server.addService(definitionOf(path), { answer: handle });
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { address: `127.0.0.1:${port}`, close: () => server.forceShutdown() };
}

const asIs = (bytes: Buffer): Buffer => bytes;

const definitionOf = (path: string): ServiceDefinition => ({
  answer: {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  },
});
