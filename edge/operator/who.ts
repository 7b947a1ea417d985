/** Who may use the operator routes, and by what name an audit line calls them: never by an address or a person's name. */
import type { RefusalReason } from '../../shared/contract/refusals.ts';
import { fail, type Result, succeed } from '../../shared/contract/result.ts';
import type { OperatorConfig } from '../config.ts';
import { isSameSecret } from '../secret.ts';
import { ACCESS_HEADER, type AccessDeps, createAccessVerifier } from './access.ts';

export type WhoAsks = (headers: Headers) => Promise<Result<string, RefusalReason>>;

/** An Access token counts where Access is configured; the bearer token wherever one is. */
export function createWhoAsks({ token, access }: OperatorConfig, deps: AccessDeps): WhoAsks {
  const verifyAccess = access && createAccessVerifier(access, deps);
  return async function whoAsks(headers) {
    if (token === null && verifyAccess === null) return fail('token-not-configured');
    const assertion = headers.get(ACCESS_HEADER);
    if (verifyAccess !== null && assertion !== null) return verifyAccess(assertion);
    const bearer = /^Bearer +(\S+)$/i.exec(headers.get('Authorization') ?? '')?.[1];
    return token !== null && bearer !== undefined && (await isSameSecret(bearer, token))
      ? succeed('token')
      : fail('token-wrong');
  };
}
