/**
 * `fetch` for outlets: it resolves the host, has every address found sound, and connects to one of those and to no other,
 * so that a name that changes its address in between gains nothing. It follows no redirect, speaks to no proxy, ends
 * after a time and reads no long answer. By node:http, whose `lookup` Node and Bun honour alike; their own fetch has none.
 */
import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { LookupFunction } from 'node:net';
import { SendFailure } from '../../shared/activities/notice-activities.ts';
import type { AddressGuard, OutgoingAddress } from './address-guard.ts';

/** Outlets answer with a line; GitHub's lists are the longest. */
const ANSWER_LIMIT_BYTES = 4 * 1024 * 1024;

export type GuardedFetchOptions = {
  readonly guard: AddressGuard;
  /** For one exchange, name resolution included. */
  readonly deadlineMs: number;
};

/** Every failure is a SendFailure; an answer of any status is none. */
export const createGuardedFetch =
  ({ guard, deadlineMs }: GuardedFetchOptions): typeof fetch =>
  async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      throw new SendFailure('its address is no http or https URL', true);
    const deadline = AbortSignal.timeout(deadlineMs);
    const signal = AbortSignal.any([deadline, request.signal]);
    try {
      const addresses = await abortable(guard(url.hostname), signal);
      const body = new Uint8Array(await request.arrayBuffer());
      return await exchange(url, request, body, addresses, signal);
    } catch (error) {
      if (error instanceof SendFailure) throw error;
      if (signal.aborted) throw new SendFailure('no answer within the deadline', false);
      throw new SendFailure(`connection failed (${codeOf(error)})`, false);
    }
  };

function exchange(
  url: URL,
  { method, headers }: Request,
  body: Uint8Array,
  addresses: readonly OutgoingAddress[],
  signal: AbortSignal,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? requestSecure : requestPlain;
    const outgoing = request(
      url,
      {
        method,
        headers: { ...Object.fromEntries(headers), 'content-length': String(body.length) },
        lookup: lookupOf(addresses),
        signal,
        agent: false,
      },
      (incoming) => {
        readAnswer(incoming).then(resolve, reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** What was found sound is what there is, whichever name is asked for. */
const lookupOf =
  (addresses: readonly OutgoingAddress[]): LookupFunction =>
  (_host, { all }, callback) => {
    const [first] = addresses;
    if (all === true) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family);
  };

/** Statuses whose answers have no body, by the standard. */
const BODILESS: readonly number[] = [204, 205, 304];

async function readAnswer(incoming: IncomingMessage): Promise<Response> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > ANSWER_LIMIT_BYTES) {
      incoming.destroy();
      throw new SendFailure('the answer is too long', false);
    }
    chunks.push(chunk);
  }
  const status = incoming.statusCode ?? 0;
  if (status < 200 || status > 599) throw new SendFailure(`status is ${status}`, false);
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headersDistinct))
    for (const one of value ?? []) headers.append(name, one);
  return new Response(BODILESS.includes(status) ? null : Buffer.concat(chunks), {
    status,
    headers,
  });
}

const abortable = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
    promise.then(resolve, reject);
  });

/** A code, never a message: those hold addresses. */
const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'unknown';
