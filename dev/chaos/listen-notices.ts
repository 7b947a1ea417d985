/** Hears the notices that come out of the worker's log, over all its lives. */
import { type NoticeFacts, noticeKeyOf } from './notice-key.ts';

export type HeardNotices = {
  /** Takes a line of the worker. */
  readonly take: (line: string) => void;
  /** Whether somebody was told that the run waits. */
  readonly isWaitTold: (runId: string) => boolean;
  /** Keys, in the order in which they were heard. */
  readonly keys: () => readonly string[];
};

export function listenForNotices(): HeardNotices {
  const heard: NoticeFacts[] = [];
  return {
    take(line) {
      if (!line.includes('"notice"')) return;
      const notice = parseLine(line);
      if (notice?.msg === 'notice') heard.push(notice);
    },
    isWaitTold: (runId) =>
      heard.some((notice) => notice.topic === 'run-waiting' && notice.runId === runId),
    keys: () => heard.map(noticeKeyOf),
  };
}

function parseLine(line: string): (NoticeFacts & { readonly msg?: unknown }) | null {
  try {
    return JSON.parse(line) as NoticeFacts & { readonly msg?: unknown };
  } catch {
    return null;
  }
}
