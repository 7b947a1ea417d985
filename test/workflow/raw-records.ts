/**
 * What a Temporal server keeps of its executions, as it keeps it: histories, descriptions and the visibility list, read
 * past any codec. Each text comes with its path, so that a test can say where it stood.
 */
import type { Client } from '@temporalio/client';

export type RawText = { readonly path: string; readonly text: string };

export type RawPayload = { readonly path: string; readonly encoding: string };

export type RawRecords = {
  readonly executionIds: readonly string[];
  readonly texts: readonly RawText[];
  readonly payloads: readonly RawPayload[];
};

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function collect(
  value: unknown,
  path: string,
  records: { texts: RawText[]; payloads: RawPayload[] },
) {
  if (typeof value === 'string') records.texts.push({ path, text: value });
  else if (value instanceof Uint8Array) records.texts.push({ path, text: decode(value) });
  else if (typeof value === 'object' && value !== null) {
    if ('metadata' in value && 'data' in value) {
      const { metadata } = value as { metadata?: Record<string, Uint8Array> | null };
      const encoding = metadata?.['encoding'];
      if (encoding !== undefined) records.payloads.push({ path, encoding: decode(encoding) });
    }
    for (const [key, child] of Object.entries(value)) {
      records.texts.push({ path: `${path}.(key)`, text: key });
      collect(child, `${path}.${key}`, records);
    }
  }
}

/** Every text in a record of the server, payloads decoded as far as their bytes go. */
export function rawTextsOf(record: unknown): readonly string[] {
  const records = { texts: [], payloads: [] };
  collect(record, '', records);
  return records.texts.map(({ text }: RawText) => text);
}

export async function readRawRecords(client: Client): Promise<RawRecords> {
  const { namespace } = client.options;
  const { workflowService } = client.connection;
  const records = { texts: [], payloads: [] };
  const list = await workflowService.listWorkflowExecutions({ namespace, pageSize: 1000 });
  collect(list, 'list', records);
  const executionIds: string[] = [];
  for (const { execution } of list.executions) {
    const workflowId = execution?.workflowId ?? '';
    const runId = execution?.runId ?? '';
    executionIds.push(workflowId);
    const handle = client.workflow.getHandle(workflowId, runId);
    collect(await handle.fetchHistory(), `${workflowId} history`, records);
    const described = await workflowService.describeWorkflowExecution({
      namespace,
      execution: { workflowId, runId },
    });
    collect(described, `${workflowId} description`, records);
  }
  return { executionIds, ...records };
}
