/**
 * Every reason for which the edge refuses a request, and the one HTTP answer of each. Outside, the four faults of
 * forgeries read the same so that probing learns nothing; inside, the reason reaches the log.
 */

export type RefusalReason =
  | 'signature-missing'
  | 'signature-malformed'
  | 'signature-wrong'
  | 'factor-wrong'
  | 'body-too-large'
  | 'webhook-unknown'
  | 'route-unknown'
  | 'method-not-allowed'
  | 'secret-missing'
  | 'inbox-unavailable'
  | 'token-wrong'
  | 'token-not-configured'
  | 'access-unavailable'
  | 'delivery-unknown'
  | 'query-invalid'
  | 'body-invalid';

export type RefusalAnswer = { readonly status: number; readonly message: string };

const UNSIGNED: RefusalAnswer = {
  status: 401,
  message: 'Cannot accept delivery: signature is missing or wrong',
};

/** 4xx loses a delivery for good and 5xx is retried, so each status is chosen by whether a retry can help. */
export const REFUSALS: Readonly<Record<RefusalReason, RefusalAnswer>> = {
  'signature-missing': UNSIGNED,
  'signature-malformed': UNSIGNED,
  'signature-wrong': UNSIGNED,
  'factor-wrong': UNSIGNED,
  'body-too-large': { status: 413, message: 'Cannot accept delivery: body is over the limit' },
  'webhook-unknown': { status: 404, message: 'Cannot accept delivery: webhook is not configured' },
  'route-unknown': { status: 404, message: 'Cannot answer: no such route' },
  'method-not-allowed': { status: 405, message: 'Cannot answer: method is not allowed here' },
  'secret-missing': { status: 503, message: 'Cannot accept delivery: webhook has no secret' },
  'inbox-unavailable': { status: 503, message: 'Cannot accept delivery: inbox is unavailable' },
  'token-wrong': { status: 401, message: 'Cannot show inbox: credentials are missing or wrong' },
  'token-not-configured': {
    status: 503,
    message: 'Cannot show inbox: neither operator token nor Access is configured',
  },
  'access-unavailable': { status: 503, message: 'Cannot show inbox: keys of Access are not there' },
  'delivery-unknown': { status: 404, message: 'Cannot show delivery: no such delivery' },
  'query-invalid': { status: 400, message: 'Cannot read query' },
  'body-invalid': { status: 400, message: 'Cannot read body' },
};
