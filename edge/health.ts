/** What `GET /healthz` tells a stranger: whether deliveries can be accepted, and not one name or secret. */
import type { EdgeConfig } from './config.ts';

export type Health = {
  /** `unconfigured`: no webhook has a secret, so every delivery is answered 503. */
  readonly status: 'ok' | 'unconfigured';
  readonly webhooks: { readonly configured: number; readonly withoutSecret: number };
  /** `unconfigured`: deliveries are accepted and kept, but go nowhere. */
  readonly starter: 'configured' | 'unconfigured';
  readonly operator: 'configured' | 'unconfigured';
};

const isSet = (setting: unknown) => (setting === null ? 'unconfigured' : 'configured');

export function healthOf(config: EdgeConfig): Health {
  const webhooks = [...config.webhooks.values()];
  const configured = webhooks.filter(({ secrets }) => secrets.length > 0).length;
  return {
    status: configured > 0 ? 'ok' : 'unconfigured',
    webhooks: { configured, withoutSecret: webhooks.length - configured },
    starter: isSet(config.starter),
    operator: isSet(config.operatorToken),
  };
}
