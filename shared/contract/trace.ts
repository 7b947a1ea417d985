/** W3C trace context: one trace id joins the log lines of edge, starter and worker about one delivery. */

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** A random UUID is a random number that costs next to nothing; never all zeros, which W3C forbids. */
const randomHex = (digits: number) => crypto.randomUUID().replaceAll('-', '').slice(-digits);

/** Goes on with the caller's trace when its header is sound, else begins one; a new span either way. */
export function continueTrace(header: string | null): string {
  const match = header === null ? null : TRACEPARENT.exec(header);
  const traceId = match?.[1] ?? randomHex(32);
  return `00-${traceId}-${randomHex(16)}-${match?.[3] ?? '01'}`;
}

/** The 32 hex digits that every log line carries; empty for anything but a traceparent. */
export const traceIdOf = (traceparent: string): string => TRACEPARENT.exec(traceparent)?.[1] ?? '';
