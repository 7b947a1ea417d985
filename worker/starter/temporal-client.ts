/**
 * The starter's Temporal client, configured by TEMPORAL_* and Temporal's profile file. Pure JavaScript: the starter does
 * without the native core that the worker needs.
 */
import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { loadClientConnectConfig } from '@temporalio/envconfig';

/**
 * The SDK's own ten attempts hold a call for 20 s while Temporal is away; the inbox keeps the batch and comes again, so
 * three are enough.
 */
const CLIENT_ATTEMPTS = 3;

/** Does not connect yet, so that the starter boots and reports "not ready" while Temporal is away. */
export function createClient(dataConverter: DataConverter): {
  client: Client;
  connection: Connection;
} {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const connection = Connection.lazy({
    ...connectionOptions,
    interceptors: [
      makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ maxAttempts: CLIENT_ATTEMPTS })),
    ],
  });
  const client = new Client({
    connection,
    dataConverter,
    ...(namespace !== undefined && { namespace }),
  });
  return { client, connection };
}
