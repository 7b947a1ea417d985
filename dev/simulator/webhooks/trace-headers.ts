/** Tracing headers that Spacelift's own backend leaves on a delivery. */

const MAX_ID = 2 ** 48;

export function createTraceHeaders(random: () => number): Readonly<Record<string, string>> {
  const number = () => 1 + Math.floor(random() * (MAX_ID - 1));
  const [high, trace, parent] = [number(), number(), number()];
  const hex = (value: number) => value.toString(16).padStart(16, '0');
  return {
    Traceparent: `00-${hex(high)}${hex(trace)}-${hex(parent)}-01`,
    Tracestate: 'dd=s:1;t.dm:-1',
    'X-Datadog-Trace-Id': String(trace),
    'X-Datadog-Parent-Id': String(parent),
    'X-Datadog-Sampling-Priority': '1',
  };
}
