/** By what two notices are the same: whoever reads them would take the second for a repetition of the first. */
export type NoticeFacts = {
  readonly topic?: unknown;
  readonly executionId?: unknown;
  readonly runId?: unknown;
  readonly state?: unknown;
  readonly reminder?: unknown;
  readonly text?: unknown;
};

/** Two waits of one run in one state have the same key: each is a notice of its own, and they are counted. */
export const noticeKeyOf = (notice: NoticeFacts): string =>
  [notice.topic, notice.executionId, notice.runId, notice.state, notice.reminder, notice.text]
    .map((part) => (typeof part === 'string' || typeof part === 'number' ? part : '-'))
    .join(' ');
