/** Spacelift's own troubles with an account, in the default form (`title`, `body`) and in the policy input's. */
import { SEVERITIES } from '../events.ts';
import { type Family, isJsonObject, textOf } from './family.ts';

export const internalError: Family = {
  recognises: (payload) =>
    isJsonObject(payload['internal_error']) ||
    ('error' in payload && 'severity' in payload && 'title' in payload),

  read(payload) {
    const policyForm = payload['internal_error'];
    const form = isJsonObject(policyForm) ? policyForm : payload;
    return {
      about: 'account',
      type: 'internal_error',
      severity: SEVERITIES.find((severity) => severity === form['severity']) ?? 'ERROR',
      error: form['error'],
      message: textOf(form['message']) ?? textOf(form['body']),
    };
  },
};
