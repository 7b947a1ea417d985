/**
 * E-mail by SMTP, plain text. Attempts of one notice have one Message-ID, by which many mailboxes show a mail once; SMTP
 * itself promises nothing of the kind. Mails of one run refer to each other, so that readers show them as a thread.
 */
import { createTransport } from 'nodemailer';
import * as v from 'valibot';
import { SendFailure } from '../../shared/activities/notice-activities.ts';
import { defineNotifier, type NotifierContext, readSecret, type Sending } from './definition.ts';
import { digestOf } from './digest-of.ts';
import { cut, toLine } from './text.ts';

/** RFC 5322 allows 998 in a line; what is longer nobody reads. */
const SUBJECT_LIMIT = 200;

/** Each of connecting, greeting and silence; all of them together stay below what the activity gets. */
const STEP_MS = 10_000;

const address = v.pipe(v.string(), v.email());

const OptionsSchema = v.object({
  from: address,
  recipients: v.pipe(v.array(address), v.minLength(1)),
  host: v.pipe(v.string(), v.minLength(1)),
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)), 587),
  /** `starttls` is refused by no means: a server that cannot is not sent to. `none` is for a server on the same machine. */
  security: v.optional(v.picklist(['starttls', 'tls', 'none']), 'starttls'),
  user: v.optional(v.string()),
  passwordFrom: v.optional(v.string()),
});

type MailOptions = v.InferOutput<typeof OptionsSchema>;

export const mail = defineNotifier({
  name: 'mail',
  options: OptionsSchema,
  deduplicates: false,
  create(options, context) {
    const { user, passwordFrom } = options;
    const auth =
      user === undefined || passwordFrom === undefined
        ? undefined
        : { user, pass: readSecret(context, 'passwordFrom', passwordFrom) };
    return {
      async send(sending) {
        const transport = await connect(options, auth, context);
        try {
          const { rejected } = await transport.sendMail(toMail(options, sending));
          if (rejected.length > 0)
            throw new SendFailure(`refused for ${rejected.length} of the recipients`, true);
          return { outcome: 'sent' };
        } catch (error) {
          throw toFailure(error);
        } finally {
          transport.close();
        }
      },
    };
  },
});

/** To an address that was found sound, while the certificate is still of the host's name. */
async function connect(
  { host, port, security }: MailOptions,
  auth: { user: string; pass: string } | undefined,
  { guard }: NotifierContext,
) {
  const [found] = await guard(host);
  return createTransport({
    host: found?.address ?? host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: { servername: host },
    ...(auth !== undefined && { auth }),
    connectionTimeout: STEP_MS,
    greetingTimeout: STEP_MS,
    socketTimeout: STEP_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function toMail({ from, recipients }: MailOptions, { notice, key, write, links }: Sending) {
  const domain = from.slice(from.lastIndexOf('@') + 1);
  const thread = `<run.${digestOf(notice.executionId)}@${domain}>`;
  const body = write((text) => text);
  const pages = [
    ...(links.run === null ? [] : [`Run in Spacelift: ${links.run}`]),
    ...(links.execution === null ? [] : [`Execution in Temporal: ${links.execution}`]),
  ];
  return {
    from,
    to: [...recipients],
    subject: cut(toLine(body.split('\n', 1)[0] ?? ''), SUBJECT_LIMIT) || notice.topic,
    text: [body, ...pages].join('\n\n'),
    messageId: `<${digestOf(key)}@${domain}>`,
    inReplyTo: thread,
    references: [thread],
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}

/** By the server's code: 4xx passes, 5xx does not. Its words hold addresses. */
function toFailure(error: unknown): unknown {
  if (error instanceof SendFailure || !(error instanceof Error)) return error;
  const code = 'responseCode' in error ? error.responseCode : undefined;
  if (typeof code === 'number') return new SendFailure(`SMTP status is ${code}`, code >= 500);
  const name = 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
  return new SendFailure(`connection failed (${name})`, false);
}
