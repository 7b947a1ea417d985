/**
 * A history as it is kept: without what only the server and its processes need (task ids, process names, summaries),
 * and one event a line. Commands, payloads, times and the SDK's own flags are what replay compares; they stay.
 */
export type RecordedHistory = { readonly events: readonly object[] };

const DROPPED = new Set([
  'identity',
  'meteringMetadata',
  'requestId',
  'taskId',
  'userMetadata',
  'workerVersion',
]);

/** The task queues of workflow tasks name the process that had the execution in its cache. */
const DROPPED_OF_TASKS = new Set([...DROPPED, 'taskQueue']);

function trim(value: unknown, dropped: ReadonlySet<string> = DROPPED): unknown {
  if (Array.isArray(value)) return value.map((each) => trim(each, dropped));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !dropped.has(name))
      .map(([name, field]) => [
        name,
        trim(field, name === 'workflowTaskScheduledEventAttributes' ? DROPPED_OF_TASKS : dropped),
      ]),
  );
}

export const trimHistory = ({ events }: RecordedHistory): RecordedHistory => ({
  events: events.map((event) => trim(event) as object),
});

export const printHistory = ({ events }: RecordedHistory): string =>
  `{"events":[\n${events.map((event) => JSON.stringify(event)).join(',\n')}\n]}\n`;
