/** Takes what may name a person or a host out of free text before it is logged. */

const EMAIL = /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g;
const IPV4 = /\b\d{1,3}(?:\.\d{1,3}){3}\b/g;
const IPV6 = /\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{0,4}\b/gi;
/** The same with its run of zeros left out; a bare `::` is none. */
const IPV6_SHORT =
  /(?<![\w:])(?=(?:::)?[0-9a-f])(?:(?:[0-9a-f]{1,4}:){1,7}:|::)(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?(?![\w:])/gi;

export const redact = (text: string): string =>
  [EMAIL, IPV6_SHORT, IPV6, IPV4].reduce(
    (kept, pattern) => kept.replaceAll(pattern, '[redacted]'),
    text,
  );
