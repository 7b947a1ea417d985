/**
 * An entry of the audit trail: that something was done, never to what or with which values. The trail's own test
 * delivery and its farewell are entries like any other.
 */
import { toInstant } from '../instants.ts';
import { type Family, objectOf, textOf, toActor } from './family.ts';

export const auditTrail: Family = {
  recognises: (payload) => 'action' in payload && 'actor' in payload,

  read: (payload) => ({
    about: 'audit',
    type: 'audit',
    action: payload['action'],
    actor: toActor(textOf(payload['actor']) ?? ''),
    mutation: textOf(objectOf(payload['context'])['mutation']),
    occurredAt: toInstant(payload['timestamp']),
  }),
};
