/** A key of any length and with any characters → an id for outlets that are particular about both. */
import { createHash } from 'node:crypto';

/** 32 hexadecimal digits; the same for the same key. */
export const digestOf = (key: string): string =>
  createHash('sha256').update(key).digest('hex').slice(0, 32);
