/** The calls that the project's activities make, made with nothing around them: no class of failure, no schema, no renewal. */
import type { Client } from '@temporalio/client';
import { BARE_TASK_QUEUE } from './names.ts';
import type { BareIntent, BareRun } from './workflows.ts';

export type BareActivities = {
  lookUpRun(run: BareRun): Promise<string>;
  triggerRun(intent: BareIntent): Promise<string>;
};

export type BareAccount = {
  readonly endpoint: string;
  readonly keyId: string;
  readonly keySecret: string;
};

const EXCHANGE = `mutation Exchange($id: ID!, $secret: String!) { apiKeyUser(id: $id, secret: $secret) { jwt } }`;

const LOOK_UP = `query LookUp($stack: ID!, $run: ID!) {
  viewer { id }
  stack(id: $stack) {
    id
    lockedBy
    blocker { id state }
    dependsOn { dependsOnStack { id } }
    run(id: $run) { id type state needsApproval history { state stateVersion timestamp note } }
  }
}`;

const TRIGGER = `mutation Trigger($stack: ID!) { runTrigger(stack: $stack) { id } }`;

export async function createBareActivities(
  account: BareAccount,
  client: Client,
): Promise<BareActivities> {
  let jwt = '';
  async function ask<Data>(query: string, variables: object): Promise<Data> {
    const answer = await fetch(`${account.endpoint}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${jwt}` },
      body: JSON.stringify({ query, variables }),
    });
    return ((await answer.json()) as { data: Data }).data;
  }
  const exchanged = await ask<{ apiKeyUser: { jwt: string } }>(EXCHANGE, {
    id: account.keyId,
    secret: account.keySecret,
  });
  jwt = exchanged.apiKeyUser.jwt;
  return {
    async lookUpRun({ stackId, runId }) {
      const { stack } = await ask<{ stack: { run: { state: string } } }>(LOOK_UP, {
        stack: stackId,
        run: runId,
      });
      return stack.run.state;
    },
    async triggerRun({ stackId, executionId }) {
      const { runTrigger } = await ask<{ runTrigger: { id: string } }>(TRIGGER, { stack: stackId });
      if (executionId !== '') await attachTo(client, stackId, runTrigger.id, executionId);
      return runTrigger.id;
    },
  };
}

const attachTo = (client: Client, stackId: string, runId: string, executionId: string) =>
  client.workflow.signalWithStart('BareRunWorkflow', {
    workflowId: `bare-run/${stackId}/${runId}`,
    taskQueue: BARE_TASK_QUEUE,
    args: [{ stackId, runId }],
    signal: 'attach',
    signalArgs: [executionId],
  });
