/** What `GET /healthz` tells a stranger: whether deliveries can be accepted, and not one name or secret. */
import type { EdgeConfig } from './config.ts';
import { FAILURES_LIMIT } from './failure-budget.ts';

export type Health = {
  /** `unconfigured`: no webhook has a secret, so every delivery is answered 503. */
  readonly status: 'ok' | 'unconfigured';
  readonly webhooks: { readonly configured: number; readonly withoutSecret: number };
  /** `unconfigured`: deliveries are accepted and kept, but go nowhere. */
  readonly starter: 'configured' | 'unconfigured';
  readonly operator: 'configured' | 'unconfigured';
  /** Genuine deliveries that could not be kept, of the webhook with the most in a row; at the limit it is switched off. */
  readonly failures: { readonly consecutive: number; readonly limit: number };
};

const isSet = (setting: unknown) => (setting === null ? 'unconfigured' : 'configured');

export function healthOf(config: EdgeConfig, consecutive: number): Health {
  const webhooks = [...config.webhooks.values()];
  const configured = webhooks.filter((webhook) => webhook.missingVariables.length === 0).length;
  return {
    status: configured > 0 ? 'ok' : 'unconfigured',
    webhooks: { configured, withoutSecret: webhooks.length - configured },
    starter: isSet(config.starter),
    operator: isSet(config.operator.token ?? config.operator.access),
    failures: { consecutive, limit: FAILURES_LIMIT },
  };
}
