/** What an event says that has an execution to itself: whom it is about, what is wrong, what to log. Pure. */
import type { SpaceliftEvent } from '../contract/events.ts';
import type { SingleEvent } from './messages.ts';
import type { Notice } from './ports.ts';

/** Why people are told. */
export type Trouble = Pick<Notice, 'topic' | 'text'> & { readonly reason: string | null };

export type Saying = {
  /** The stack, or the module in its place; null where the whole account is meant. */
  readonly stackId: string | null;
  readonly state: string | null;
  /** Null when all is well. */
  readonly trouble: Trouble | null;
  /** For the log, beside the delivery and the event type. */
  readonly fields: { readonly [field: string]: string | boolean | null };
};

export function readEvent(event: SingleEvent): Saying {
  switch (event.about) {
    case 'stack':
      return {
        stackId: event.stackId,
        state: null,
        trouble: event.type === 'failed' ? stackTrouble(event) : null,
        fields: { stackId: event.stackId },
      };
    case 'account':
      return { stackId: null, state: null, trouble: accountTrouble(event), fields: {} };
    case 'module':
      return {
        stackId: event.moduleId,
        state: event.state,
        trouble: event.state === 'FAILED' ? moduleTrouble(event) : null,
        fields: { moduleId: event.moduleId, version: event.number, state: event.state },
      };
    case 'audit':
      return {
        stackId: null,
        state: null,
        trouble: null,
        fields: { action: event.action, mutation: event.mutation, actor: event.actor.kind },
      };
  }
}

type EventAbout<About extends SingleEvent['about']> = Extract<SpaceliftEvent, { about: About }>;

const stackTrouble = ({ stackId, error }: EventAbout<'stack'>): Trouble => ({
  topic: 'stack-failed',
  text: `Stack ${stackId} reported failed${error === null ? '' : `: ${error}`}`,
  reason: error,
});

const accountTrouble = ({ error, message }: EventAbout<'account'>): Trouble => ({
  topic: 'internal-error',
  text: [error, message].filter((text) => text !== null && text !== '').join(': '),
  reason: error,
});

function moduleTrouble({ moduleId, versionId, number }: EventAbout<'module'>): Trouble {
  const reason = `version ${number ?? versionId} failed its tests`;
  return { topic: 'module-version-failed', text: `Module ${moduleId}: ${reason}`, reason };
}
