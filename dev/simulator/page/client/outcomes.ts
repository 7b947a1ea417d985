/** What may be chosen for a stack's next run, and the script that brings it about. */

/** Long enough to be seen on the page. */
const SOON_MS = 1500;

const inUnconfirmed = (action: string) => ({ state: 'UNCONFIRMED', action, afterMs: SOON_MS });

const CONFIRM = [
  inUnconfirmed('approve'),
  inUnconfirmed('confirm'),
  { state: 'PENDING_REVIEW', action: 'approve', afterMs: SOON_MS },
];

export const OUTCOMES: Readonly<Record<string, object>> = {
  finishes: { interventions: CONFIRM },
  'finishes without changes': { changes: false },
  'fails while planning': { failAt: 'PLANNING' },
  'fails while applying': { failAt: 'APPLYING', interventions: CONFIRM },
  'waits for a person': { warns: true },
  'is replanned, then finishes': {
    warns: true,
    interventions: [inUnconfirmed('replan'), ...CONFIRM],
  },
  'is discarded': { warns: true, interventions: [inUnconfirmed('discard')] },
  'is stopped while planning': {
    interventions: [{ state: 'PLANNING', action: 'stop', afterMs: SOON_MS }],
  },
  'is canceled': { interventions: [{ state: 'QUEUED', action: 'cancel', afterMs: SOON_MS }] },
};
