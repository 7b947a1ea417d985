/** Temporal for tests of its callers: the real server, and one that answers every call with a gRPC status. */
import { createServer } from 'node:http2';
import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { resolveTemporalCli } from '../../dev/launcher/temporal-cli.ts';

/** Without workers: starts, signals and their answers are the server's alone. */
export async function startTemporal(): Promise<TestWorkflowEnvironment> {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  const { path } = await resolveTemporalCli();
  return TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'existing-path', path } },
  });
}

/** A client that tries once. */
export function clientOf(address: string): Client {
  const connection = Connection.lazy({
    address,
    tls: false,
    interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ maxAttempts: 1 }))],
  });
  return new Client({ connection });
}

/** Speaks enough HTTP/2 to fail as a Temporal behind a proxy, or out of its depth, does. */
export async function startFailingTemporal(status: number) {
  const calls: string[] = [];
  const server = createServer();
  server.on('stream', (stream, headers) => {
    calls.push(String(headers[':path']));
    stream.on('error', () => {});
    stream.resume();
    stream.respond(
      {
        ':status': 200,
        'content-type': 'application/grpc',
        'grpc-status': String(status),
        'grpc-message': 'told by nobody',
      },
      { endStream: true },
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Cannot serve: no port');
  const client = clientOf(`127.0.0.1:${address.port}`);
  return {
    client,
    /** Methods called, in order. */
    calls,
    async [Symbol.asyncDispose]() {
      await client.connection.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
