/** The table of refusals as responses: by status, each with the reasons that it may have at a route. */
import { REFUSALS, type RefusalReason } from '../../shared/contract/refusals.ts';

/** Reasons that only the log tells apart. */
type Hidden = 'signature-missing' | 'signature-malformed' | 'factor-wrong';

export type PublicReason = Exclude<RefusalReason, Hidden>;

const WHEN: Readonly<Record<PublicReason, string>> = {
  'signature-wrong':
    'The signature is missing, malformed or wrong, or the second factor of the webhook is; the log has which.',
  'body-too-large': 'The body is over the limit, 8 MiB unless configured otherwise.',
  'webhook-unknown': 'No webhook of this name is configured.',
  'route-unknown': 'There is no such route.',
  'method-not-allowed': 'The route has no such method; `Allow` has those it has.',
  'secret-missing': 'A secret of the webhook is not set; the log names the variable.',
  'inbox-unavailable': 'The inbox cannot be reached, or the configuration cannot be read.',
  'token-wrong': 'No credentials, or wrong ones.',
  'token-not-configured': 'The edge knows neither an operator token nor Access.',
  'access-unavailable': 'The keys of Access cannot be fetched, so nobody can be let in by them.',
  'delivery-unknown': 'No inbox that was asked has a delivery of this id.',
  'query-invalid': 'A parameter is not valid, or not known; the message names it.',
  'body-invalid':
    'The body is not JSON by its `Content-Type`, or a field is not valid or not known; the message names it.',
};

export const PUBLIC_REASONS = Object.keys(WHEN) as [PublicReason, ...PublicReason[]];

const HEADERS: Partial<Record<PublicReason, object>> = {
  'token-wrong': {
    'WWW-Authenticate': { description: 'always `Bearer`', schema: { type: 'string' } },
  },
};

export type ResponseObject = {
  readonly description: string;
  readonly headers?: object;
  readonly content: Readonly<Record<string, object>>;
};

/** One response per status, for the reasons given. */
export function refusalsFor(
  ...reasons: readonly PublicReason[]
): Readonly<Record<string, ResponseObject>> {
  const statuses = [...new Set(reasons.map((reason) => REFUSALS[reason].status))];
  return Object.fromEntries(
    statuses.map((status) => {
      const here = reasons.filter((reason) => REFUSALS[reason].status === status);
      const [headers] = here.flatMap((reason) => HEADERS[reason] ?? []);
      return [
        String(status),
        {
          description: here.map((reason) => `\`${reason}\`: ${WHEN[reason]}`).join('\n\n'),
          ...(headers !== undefined && { headers }),
          content: {
            'application/json': {
              schema: {
                allOf: [
                  { $ref: '#/components/schemas/Refusal' },
                  { properties: { error: { enum: here } } },
                ],
              },
            },
          },
        },
      ];
    }),
  );
}
