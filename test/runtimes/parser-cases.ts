/**
 * Requests that an HTTP parser may refuse by itself, before the app sees them. What each runtime makes of them is in the
 * table of docs/edge-runtimes.md. All but a few carry a delivery that is signed as it should be.
 */
import { macOf } from './kit/requests.ts';

export type ParserCase = {
  readonly name: string;
  readonly parts: readonly Uint8Array[];
  /** The client hangs up its sending side: it will send no more. */
  readonly isHalfClosed?: boolean;
};

export const SECRET = 'parsers-secret';

const BODY = 'five!';
const SIGNATURE = `X-Signature-256: sha256=${macOf(BODY, SECRET)}`;
const PATH = '/webhooks/spacelift';
const HOST = 'Host: edge.test';
const LENGTH = `Content-Length: ${BODY.length}`;
const CHUNKED = 'Transfer-Encoding: chunked';
const CHUNKS = '5\r\nfive!\r\n0\r\n\r\n';

/** Latin-1: a character is a byte. */
const bytes = (text: string) => Buffer.from(text, 'latin1');

/** Lines of the head, without the empty one, and what follows. */
const raw = (name: string, lines: readonly string[], rest = ''): ParserCase => ({
  name,
  parts: [bytes(`${lines.join('\r\n')}\r\n\r\n${rest}`)],
});

const delivery = (name: string, headers: readonly string[], rest = BODY): ParserCase =>
  raw(name, [`POST ${PATH} HTTP/1.1`, HOST, SIGNATURE, ...headers], rest);

const target = (name: string, text: string, method = 'POST'): ParserCase =>
  raw(name, [`${method} ${text} HTTP/1.1`, HOST, SIGNATURE, LENGTH], BODY);

const asked = (name: string, line: string, headers: readonly string[] = [HOST]): ParserCase =>
  raw(name, [line, ...headers]);

const large = (kib: number) => 'a'.repeat(kib * 1024);

const REQUEST_LINES: readonly ParserCase[] = [
  asked('no request line at all', 'nonsense'),
  asked('no version (HTTP/0.9)', 'GET /healthz'),
  asked('HTTP/1.0', 'GET /healthz HTTP/1.0'),
  asked('HTTP/1.2', 'GET /healthz HTTP/1.2'),
  asked('HTTP/2.0 as a version', 'GET /healthz HTTP/2.0'),
  { name: 'the preface of HTTP/2', parts: [bytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')] },
  {
    name: 'the first bytes of TLS',
    parts: [Buffer.from('16030100c8010000c40303', 'hex')],
    isHalfClosed: true,
  },
  {
    name: 'an empty line before the request',
    parts: [bytes(`\r\nGET /healthz HTTP/1.1\r\n${HOST}\r\n\r\n`)],
  },
  asked('two spaces in the request line', 'GET  /healthz HTTP/1.1'),
  asked('a method in lower case', 'get /healthz HTTP/1.1'),
  asked('a method that nobody knows', 'BREW /healthz HTTP/1.1'),
  asked('TRACE', 'TRACE /healthz HTTP/1.1'),
  asked('CONNECT', 'CONNECT edge.test:443 HTTP/1.1', ['Host: edge.test:443']),
  asked('no Host', 'GET /healthz HTTP/1.1', []),
  asked('an empty Host', 'GET /healthz HTTP/1.1', ['Host:']),
  asked('Host twice', 'GET /healthz HTTP/1.1', [HOST, 'Host: other.test']),
  asked('a Host with a slash', 'GET /healthz HTTP/1.1', ['Host: a/b']),
];

const TARGETS: readonly ParserCase[] = [
  target('a target with scheme and host', `http://other.test${PATH}`),
  target('a target without a slash', 'webhooks/spacelift'),
  target('`*`', '*', 'OPTIONS'),
  target('a fragment', `${PATH}#fragment`),
  target('a space in the target', `${PATH}?a b`),
  target('a tab in the target', `${PATH}?a\tb`),
  target('a backslash for a slash', '/webhooks\\spacelift'),
  target('bytes beyond ASCII', `${PATH}/\u00e9\u00ff`),
  target('dot segments', `/inbox/../webhooks/./spacelift`),
  target('encoded dot segments', `/inbox/%2e%2e/webhooks/%2E/spacelift`),
  target('8 KiB of target', `${PATH}?${large(8)}`),
  target('32 KiB of target', `${PATH}?${large(32)}`),
  target('128 KiB of target', `${PATH}?${large(128)}`),
];

const LENGTHS: readonly ParserCase[] = [
  delivery('neither length nor chunks, and a body', []),
  delivery('Content-Length twice, the same', [LENGTH, LENGTH]),
  delivery('Content-Length twice, different', [LENGTH, 'Content-Length: 4']),
  delivery('Content-Length as a list', ['Content-Length: 5, 5']),
  delivery('Content-Length with a sign', ['Content-Length: +5']),
  delivery('Content-Length below zero', ['Content-Length: -5']),
  delivery('Content-Length in hex', ['Content-Length: 0x5']),
  delivery('Content-Length with zeros before', ['Content-Length: 0005']),
  delivery('Content-Length empty', ['Content-Length:']),
  delivery('Content-Length of words', ['Content-Length: five']),
  delivery('Content-Length beyond 64 bits', ['Content-Length: 18446744073709551621']),
  { ...delivery('a body shorter than announced', ['Content-Length: 6']), isHalfClosed: true },
  delivery('a body longer than announced', [LENGTH], `${BODY}more`),
  delivery('length and chunks', [LENGTH, CHUNKED], CHUNKS),
  delivery('chunks and length', [CHUNKED, LENGTH], CHUNKS),
];

const CHUNKINGS: readonly ParserCase[] = [
  delivery('Transfer-Encoding twice', [CHUNKED, CHUNKED], CHUNKS),
  delivery('Transfer-Encoding in upper case', ['Transfer-Encoding: CHUNKED'], CHUNKS),
  delivery('Transfer-Encoding: gzip, chunked', ['Transfer-Encoding: gzip, chunked'], CHUNKS),
  delivery('Transfer-Encoding: identity', ['Transfer-Encoding: identity', LENGTH]),
  delivery('Transfer-Encoding that is none', ['Transfer-Encoding: xchunked'], CHUNKS),
  delivery('a space before its colon', ['Transfer-Encoding : chunked'], CHUNKS),
  delivery('a chunk size that is no number', [CHUNKED], 'five\r\nfive!\r\n0\r\n\r\n'),
  delivery('a chunk size with a sign', [CHUNKED], '+5\r\nfive!\r\n0\r\n\r\n'),
  delivery('a chunk size beyond 64 bits', [CHUNKED], '10000000000000005\r\nfive!\r\n0\r\n\r\n'),
  delivery('a chunk longer than its size', [CHUNKED], '4\r\nfive!\r\n0\r\n\r\n'),
  { ...delivery('chunks without an end', [CHUNKED], '5\r\nfive!\r\n'), isHalfClosed: true },
  delivery('a chunk extension', [CHUNKED], '5;a=b\r\nfive!\r\n0\r\n\r\n'),
  delivery('16 KiB of chunk extension', [CHUNKED], `5;a=${large(16)}\r\nfive!\r\n0\r\n\r\n`),
  delivery('a trailer', [CHUNKED], '5\r\nfive!\r\n0\r\nX-Trailer: a\r\n\r\n'),
  delivery('a signature in the trailer too', [CHUNKED], `5\r\nfive!\r\n0\r\n${SIGNATURE}\r\n\r\n`),
  delivery('chunks ended by line feeds alone', [CHUNKED], '5\nfive!\n0\n\n'),
];

const HEADERS: readonly ParserCase[] = [
  {
    name: 'lines ended by line feeds alone',
    parts: [bytes([`POST ${PATH} HTTP/1.1`, HOST, SIGNATURE, LENGTH, '', BODY].join('\n'))],
  },
  delivery('a line without a colon', ['X-Header', LENGTH]),
  delivery('an empty header name', [': a', LENGTH]),
  delivery('a space before the colon', ['X-Header : a', LENGTH]),
  delivery('a space in a header name', ['X Header: a', LENGTH]),
  delivery('a bracket in a header name', ['X(Header): a', LENGTH]),
  delivery('bytes beyond ASCII in a header name', ['X-H\u00e9ader: a', LENGTH]),
  delivery('a zero byte in a header name', ['X-\0Header: a', LENGTH]),
  delivery('a zero byte in a value', ['X-Header: a\0b', LENGTH]),
  delivery('a carriage return in a value', ['X-Header: a\rb', LENGTH]),
  delivery('a control character in a value', ['X-Header: a\x01b', LENGTH]),
  delivery('a folded value', ['X-Header: a', ' b', LENGTH]),
  raw(
    'a line feed at the end of the signature',
    [`POST ${PATH} HTTP/1.1`, HOST, `${SIGNATURE}\n`, LENGTH],
    BODY,
  ),
  raw(
    'a zero byte at the end of the signature',
    [`POST ${PATH} HTTP/1.1`, HOST, `${SIGNATURE}\0`, LENGTH],
    BODY,
  ),
  raw(
    'a folded signature',
    [`POST ${PATH} HTTP/1.1`, HOST, SIGNATURE.replace(': ', ':\r\n '), LENGTH],
    BODY,
  ),
  delivery('8 KiB of one header', [`X-Header: ${large(8)}`, LENGTH]),
  delivery('32 KiB of one header', [`X-Header: ${large(32)}`, LENGTH]),
  delivery('128 KiB of one header', [`X-Header: ${large(128)}`, LENGTH]),
  delivery('1 MiB of one header', [`X-Header: ${large(1024)}`, LENGTH]),
  delivery('90 headers', [...many(90), LENGTH]),
  delivery('150 headers', [...many(150), LENGTH]),
  delivery('3,000 headers', [...many(3000), LENGTH]),
  delivery('an Expect that is not known', ['Expect: miracles', LENGTH]),
  delivery('an upgrade to HTTP/2', [
    'Connection: Upgrade, HTTP2-Settings',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABkAAQAAP__',
    LENGTH,
  ]),
  delivery('an upgrade to a WebSocket', [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    LENGTH,
  ]),
];

function many(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `X-Header-${index}: a`);
}

export const PARSER_CASES: readonly ParserCase[] = [
  ...REQUEST_LINES,
  ...TARGETS,
  ...LENGTHS,
  ...CHUNKINGS,
  ...HEADERS,
];
