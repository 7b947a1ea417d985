/** Spacelift's own troubles with an account, in the default form (`title`, `body`) and in the policy input's. */
import * as v from 'valibot';
import { fail, succeed } from '../result.ts';
import { AccountSchema, type Family, fieldOf, isJsonObject, LenientText } from './family.ts';

const SeveritySchema = v.fallback(v.picklist(['INFO', 'WARNING', 'ERROR']), 'ERROR');

const DefaultFormSchema = v.object({
  account: AccountSchema,
  title: LenientText,
  body: LenientText,
  error: v.string(),
  severity: SeveritySchema,
});

const PolicyFormSchema = v.object({
  account: AccountSchema,
  internal_error: v.object({ error: v.string(), message: LenientText, severity: SeveritySchema }),
});

const isPolicyForm = (payload: { readonly [key: string]: unknown }) =>
  isJsonObject(payload['internal_error']);

export const internalError: Family = {
  recognises: (payload) =>
    isPolicyForm(payload) || ('error' in payload && 'severity' in payload && 'title' in payload),

  read(payload) {
    const parsed = v.safeParse(v.union([PolicyFormSchema, DefaultFormSchema]), payload);
    if (!parsed.success) return fail({ reason: 'field-invalid', field: fieldOf(parsed.issues) });
    const form = parsed.output;
    const { error, severity } = 'internal_error' in form ? form.internal_error : form;
    const message = 'internal_error' in form ? form.internal_error.message : form.body;
    return succeed({
      about: 'account',
      type: 'internal_error',
      account: form.account,
      severity,
      error,
      message,
    });
  },
};
