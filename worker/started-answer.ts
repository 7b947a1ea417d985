/**
 * Whether a signal-with-start started its execution: the server says so, the SDK's client drops it. One client a call
 * over the same connection reads the answer as it passes; nothing of the request is changed.
 */
import { Client } from '@temporalio/client';

export function watchStarted(client: Client): { client: Client; hasStarted: () => boolean } {
  let started = false;
  const { connection } = client;
  const service = connection.workflowService;
  const workflowService: typeof service = Object.create(service, {
    signalWithStartWorkflowExecution: {
      async value(request: Parameters<typeof service.signalWithStartWorkflowExecution>[0]) {
        const answer = await service.signalWithStartWorkflowExecution(request);
        started = answer.started;
        return answer;
      },
    },
  });
  const watched: typeof connection = Object.create(connection, {
    workflowService: { value: workflowService },
  });
  const { namespace, dataConverter } = client.options;
  return {
    client: new Client({ connection: watched, namespace, dataConverter }),
    hasStarted: () => started,
  };
}
