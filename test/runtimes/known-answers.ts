/**
 * Requests with the answer that every runtime must give: published vectors, and adversarial headers, bodies and paths of
 * our own. Answers are written out, not taken from the product. Signatures that do not come from a publication were made
 * with openssl, or are computed by node:crypto.
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Header } from './kit/exchange.ts';
import { bytesOf, macOf, signatureHeader, type Wish } from './kit/requests.ts';

type Expected = {
  readonly status: number;
  /** JSON of the answer, an id as ID; null for an answer without a body. */
  readonly answer: object | null;
  readonly allow?: string;
};

export type KnownAnswer = Wish &
  Expected & {
    readonly name: string;
    /** What the inbox has of it. */
    readonly kept?: object;
  };

type Bytes = string | Uint8Array;

export const ID = '<delivery id>';

export const SECRETS = {
  SPACELIFT_WEBHOOK_SECRET: 'known-answers-secret',
  SPACELIFT_WEBHOOK_SECRET_PREVIOUS: 'known-answers-secret-before',
  GITHUB_SECRET: "It's a Secret to Everybody",
  RFC_4231_2_SECRET: 'Jefe',
  RFC_4231_4_SECRET: String.fromCodePoint(...Array.from({ length: 25 }, (_, index) => index + 1)),
  LONG_SECRET: 'k'.repeat(131),
  BLOCK_SECRET: 'sixty-four bytes are exactly one block of SHA-256, not one more.',
  UNICODE_SECRET: 'schlüssel-пароль-鍵-🔑',
  FACTORED_SECRET: 'factored-secret',
  FACTOR_SECRET: 'factor-secret',
  FACTOR_SECRET_PREVIOUS: 'factor-secret-before',
  /** Blank is how people unset a variable. */
  CLOSED_SECRET: ' ',
};

export const WEBHOOKS = {
  default: { account: 'acme' },
  github: { account: 'acme', secret: 'GITHUB_SECRET' },
  'rfc4231-2': { account: 'acme', secret: 'RFC_4231_2_SECRET' },
  'rfc4231-4': { account: 'acme', secret: 'RFC_4231_4_SECRET' },
  long: { account: 'acme', secret: 'LONG_SECRET' },
  block: { account: 'acme', secret: 'BLOCK_SECRET' },
  unicode: { account: 'acme', secret: 'UNICODE_SECRET' },
  factored: {
    account: 'acme',
    secret: 'FACTORED_SECRET',
    factor: { header: 'X-Factor', secret: 'FACTOR_SECRET' },
  },
  closed: { account: 'acme', secret: 'CLOSED_SECRET' },
};

const SECRET = SECRETS.SPACELIFT_WEBHOOK_SECRET;

const refused = (status: number, error: string, message: string): Expected => ({
  status,
  answer: { error, message },
});

const UNSIGNED = refused(
  401,
  'signature-wrong',
  'Cannot accept delivery: signature is missing or wrong',
);
const TOO_LARGE = refused(413, 'body-too-large', 'Cannot accept delivery: body is over the limit');
const NO_ROUTE = refused(404, 'route-unknown', 'Cannot answer: no such route');
const NO_WEBHOOK = refused(
  404,
  'webhook-unknown',
  'Cannot accept delivery: webhook is not configured',
);
const NO_SECRET = refused(503, 'secret-missing', 'Cannot accept delivery: webhook has no secret');

const notAllowed = (allow: string): Expected => ({
  ...refused(405, 'method-not-allowed', 'Cannot answer: method is not allowed here'),
  allow,
});

const receipt = (status: string, reason?: string): Expected => ({
  status: 202,
  answer: { deliveryId: ID, status, ...(reason !== undefined && { reason }) },
});

const ACCEPTED = receipt('accepted');
const DUPLICATE = receipt('duplicate');
const NOT_JSON = receipt('unparsed', 'body-not-json');
const NOT_UTF8 = receipt('unparsed', 'body-not-utf8');
const NO_SHAPE = receipt('unparsed', 'shape-unknown');

const published = (
  name: string,
  webhook: string,
  body: Bytes,
  mac: string,
  expected: Expected,
): KnownAnswer => ({
  name,
  path: `/webhooks/spacelift/${webhook}`,
  body,
  headers: [['X-Signature-256', `sha256=${mac}`]],
  ...expected,
});

const VECTORS: readonly KnownAnswer[] = [
  published(
    "GitHub's published example",
    'github',
    'Hello, World!',
    '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    NOT_JSON,
  ),
  published(
    'RFC 4231, test case 2',
    'rfc4231-2',
    'what do ya want for nothing?',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    NOT_JSON,
  ),
  published(
    'RFC 4231, test case 4: bytes that are no text, a secret of control characters',
    'rfc4231-4',
    Buffer.alloc(50, 0xcd),
    '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
    NOT_UTF8,
  ),
  published(
    'a secret longer than a block',
    'long',
    'A key longer than a block of SHA-256',
    'c246ea2c0fbea1645fed019595d38cafbb5529eaa213f52a97886c63aed4c220',
    NOT_JSON,
  ),
  published(
    'a secret of exactly one block, and an empty body',
    'block',
    '',
    'a70f47feee9810a2626f0cc67625a5061c33c52307acc93c547e908e4d222bad',
    NOT_JSON,
  ),
  published(
    'secret and body beyond ASCII',
    'unicode',
    'Schlüssel, пароль, 鍵',
    '3e97108c2b2fb980100223f3dae21d6c5f26482565877557d975f6da294ed3d4',
    NOT_JSON,
  ),
];

/** One body for all that is said about headers. */
const BODY = 'a body to be signed';
const MAC = macOf(BODY, SECRET);
const GOOD = `sha256=${MAC}`;
const ZEROS = `sha256=${'0'.repeat(64)}`;
const SHA1: Header = ['X-Signature', `sha1=${'5e'.repeat(20)}`];

const headers = (
  name: string,
  given: readonly Header[],
  expected: Expected = UNSIGNED,
): KnownAnswer => ({ name, body: BODY, headers: given, ...expected });

const signature = (name: string, text: string, expected?: Expected): KnownAnswer =>
  headers(name, [['X-Signature-256', text]], expected);

const twice = (name: string, first: string, second: string): KnownAnswer =>
  headers(name, [
    ['X-Signature-256', first],
    ['X-Signature-256', second],
  ]);

/** The first right one is kept, and every right one after it is its duplicate. */
const HEADERS: readonly KnownAnswer[] = [
  signature('the right signature', GOOD, NOT_JSON),
  signature('the right signature again', GOOD, DUPLICATE),
  headers('a header name in lower case', [['x-signature-256', GOOD]], DUPLICATE),
  headers('a header name in mixed case', [['x-sIGNATURE-256', GOOD]], DUPLICATE),
  signature(
    'the signature of the secret before',
    `sha256=${macOf(BODY, SECRETS.SPACELIFT_WEBHOOK_SECRET_PREVIOUS)}`,
    DUPLICATE,
  ),
  // White space around a field value is no part of it (RFC 9110 §5.5).
  signature('spaces around', `  ${GOOD}  `, DUPLICATE),
  signature('tabs around', `\t${GOOD}\t`, DUPLICATE),
  headers('SHA-1 beside the right one', [SHA1, ['X-Signature-256', GOOD]], DUPLICATE),

  headers('no signature', []),
  headers('SHA-1 alone', [SHA1]),
  headers('the right one in the header of SHA-1', [['X-Signature', GOOD]]),
  headers("the right one in GitHub's header", [['X-Hub-Signature-256', GOOD]]),
  headers('underscores in the header name', [['X_Signature_256', GOOD]]),
  {
    ...headers('the right one in the query', []),
    path: `/webhooks/spacelift?X-Signature-256=${GOOD}`,
  },
  signature('an empty header', ''),
  signature('a header of one space', ' '),
  signature('the signature of another secret', `sha256=${macOf(BODY, 'another secret')}`),
  signature('the signature of the empty secret', `sha256=${macOf(BODY, '')}`),
  signature("another webhook's signature", `sha256=${macOf(BODY, SECRETS.GITHUB_SECRET)}`),
  signature('the signature of another body', `sha256=${macOf(`${BODY}\n`, SECRET)}`),
  signature('hex in upper case', `sha256=${MAC.toUpperCase()}`),
  signature('one digit in upper case', `sha256=${MAC.replace(/[a-f]/, (a) => a.toUpperCase())}`),
  signature('the prefix in upper case', `SHA256=${MAC}`),
  signature('another prefix', `sha512=${MAC}`),
  signature('no prefix', MAC),
  signature('the prefix alone', 'sha256='),
  signature('the prefix twice', `sha256=${GOOD}`),
  signature('63 digits', GOOD.slice(0, -1)),
  signature('65 digits', `${GOOD}0`),
  signature('128 digits', `${GOOD}${MAC}`),
  signature('4,000 digits', `sha256=${'a'.repeat(4000)}`),
  signature('all zeros', ZEROS),
  signature('a last digit that is none', `${GOOD.slice(0, -1)}g`),
  signature('another last digit', `${GOOD.slice(0, -1)}${MAC.endsWith('0') ? '1' : '0'}`),
  signature('another first digit', `sha256=${MAC.startsWith('0') ? '1' : '0'}${MAC.slice(1)}`),
  signature('0x before the digits', `sha256=0x${MAC.slice(2)}`),
  signature('a space after the prefix', `sha256= ${MAC}`),
  signature('a space before the equals sign', `sha256 =${MAC}`),
  signature('a space among the digits', `sha256=${MAC.slice(0, 32)} ${MAC.slice(32)}`),
  signature('a tab among the digits', `sha256=${MAC.slice(0, 32)}\t${MAC.slice(32)}`),
  signature('quotes around', `"${GOOD}"`),
  signature('an escaped newline at the end', `${GOOD}\\n`),
  signature('an encoded newline at the end', `${GOOD}%0A`),
  signature('a next-line character of Latin-1 at the end', `${GOOD}\u0085`),
  signature('a no-break space of Latin-1 at the end', `${GOOD}\u00a0`),
  signature('bytes beyond ASCII for digits', `sha256=${MAC.slice(0, 62)}\u00e9\u00ff`),
  signature(
    'UTF-8 of a wide digit',
    `sha256=${MAC.slice(1)}${Buffer.from('１').toString('latin1')}`,
  ),
  signature('a comma at the end', `${GOOD},`),
  signature('a parameter at the end', `${GOOD}; v=1`),
  signature('a list of the right one twice', `${GOOD}, ${GOOD}`),
  signature('a list, the right one first', `${GOOD},${ZEROS}`),
  signature('a list, the right one last', `${ZEROS},${GOOD}`),
  twice('two headers, the right one first', GOOD, ZEROS),
  twice('two headers, the right one last', ZEROS, GOOD),
  twice('two headers, both right', GOOD, GOOD),
  twice('two headers, the second one empty', GOOD, ''),
  twice('two headers, the first one empty', '', GOOD),

  {
    ...signature('a webhook without a secret', GOOD),
    path: '/webhooks/spacelift/closed',
    ...NO_SECRET,
  },
  {
    ...headers('a webhook without a secret, unsigned', []),
    path: '/webhooks/spacelift/closed',
    ...NO_SECRET,
  },
  {
    ...signature('a webhook that is not configured', GOOD),
    path: '/webhooks/spacelift/nobody',
    ...NO_WEBHOOK,
  },
];

const FACTORED = { path: '/webhooks/spacelift/factored', body: 'a body with a second factor' };

const factors = (
  name: string,
  given: readonly string[],
  expected: Expected = UNSIGNED,
): KnownAnswer => ({
  ...FACTORED,
  name,
  headers: [
    signatureHeader(FACTORED.body, SECRETS.FACTORED_SECRET),
    ...given.map((factor): Header => ['X-Factor', factor]),
  ],
  ...expected,
});

const FACTORS: readonly KnownAnswer[] = [
  factors('signature and factor', ['factor-secret'], NOT_JSON),
  factors('the factor of before', ['factor-secret-before'], DUPLICATE),
  factors('no factor', []),
  factors('an empty factor', ['']),
  factors('a factor in another case', ['Factor-Secret']),
  factors('a factor and a letter more', ['factor-secrets']),
  factors('a factor and a letter less', ['factor-secre']),
  factors('a factor twice', ['factor-secret', 'factor-secret']),
  {
    ...FACTORED,
    name: 'a factor and no signature',
    headers: [['X-Factor', 'factor-secret']],
    ...UNSIGNED,
  },
];

const signed = (name: string, body: Bytes, expected: Expected, kept?: object): KnownAnswer => ({
  name,
  body,
  headers: [signatureHeader(body, SECRET)],
  ...expected,
  ...(kept !== undefined && { kept }),
});

const completed = (stack: string, more = '') =>
  `{"event_type":"completed","stack_id":"${stack}"${more}}`;

const run = (id: string, more: string) =>
  `{"account":"acme","state":"FINISHED",${more},"run":{"id":"${id}"},"stack":{"id":"runs"}}`;

const hashKey = (body: string) =>
  `body.${createHash('sha256').update(body).digest('hex').slice(0, 24)}`;

const LARGER = run('LARGER', '"stateVersion":9007199254740993');
const INFINITE = run('INFINITE', '"stateVersion":1e400');

const BODIES: readonly KnownAnswer[] = [
  signed('an event', completed('plain'), ACCEPTED, { eventType: 'completed', inbox: 'acme/plain' }),
  signed(
    'a key twice: the last one counts',
    '{"event_type":"completed","stack_id":"first","event_type":"failed","stack_id":"last"}',
    ACCEPTED,
    { eventType: 'failed', inbox: 'acme/last' },
  ),
  signed('a key twice, once escaped', completed('first', ',"stack\\u005fid":"escaped"'), ACCEPTED, {
    inbox: 'acme/escaped',
  }),
  signed('a key in both spellings', completed('snake', ',"stackId":"camel"'), ACCEPTED, {
    inbox: 'acme/camel',
  }),

  signed('a byte order mark', `\ufeff${completed('bom')}`, ACCEPTED, { inbox: 'acme/bom' }),
  signed('two byte order marks', `\ufeff\ufeff${completed('bom')}`, NOT_JSON),
  signed('a byte order mark at the end', `${completed('bom')}\ufeff`, NOT_JSON),
  signed('UTF-16', Buffer.from(`\ufeff${completed('utf-16')}`, 'utf16le'), NOT_UTF8),
  signed('Latin-1', Buffer.from(completed('latin', ',"error":"é"'), 'latin1'), NOT_UTF8),
  signed('UTF-8 that is cut off', Buffer.from('{"error":"é"}').subarray(0, -3), NOT_UTF8),
  signed('UTF-8 longer than need be', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), NOT_UTF8),
  signed('UTF-8 of a surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), NOT_UTF8),
  signed('half a pair of surrogates, escaped', completed('half', ',"error":"\\ud800"'), ACCEPTED, {
    envelope: { data: { error: '\ud800' } },
  }),
  signed(
    'half a pair in the stack',
    completed('\\ud800'),
    receipt('unparsed', 'field-invalid: stackId'),
  ),
  signed('a zero character, escaped', completed('zero', ',"error":"a\\u0000b"'), ACCEPTED, {
    envelope: { data: { error: 'a\0b' } },
  }),
  signed('a zero character as it is', completed('zero', ',"error":"a\0b"'), NOT_JSON),
  signed('a newline within a text', completed('newline', ',"error":"a\nb"'), NOT_JSON),
  signed('carriage returns between', completed('crlf').replaceAll(',', ',\r\n'), ACCEPTED),

  signed('60,000 arrays', '['.repeat(60_000) + ']'.repeat(60_000), NO_SHAPE),
  signed('60,000 arrays without an end', '['.repeat(60_000), NOT_JSON),
  signed(
    '60,000 arrays beside an event',
    completed('arrays', `,"more":${'['.repeat(60_000)}${']'.repeat(60_000)}`),
    ACCEPTED,
    { inbox: 'acme/arrays' },
  ),
  signed(
    '60,000 objects beside an event',
    completed('objects', `,"more":${'{"a":'.repeat(60_000)}1${'}'.repeat(60_000)}`),
    ACCEPTED,
    { inbox: 'acme/objects' },
  ),
  signed('an event in __proto__', `{"__proto__":${completed('proto')}}`, NO_SHAPE),
  signed(
    '__proto__ and constructor beside an event',
    completed(
      'proto',
      ',"__proto__":{"account":"evil"},"constructor":{"prototype":{"account":"evil"}}',
    ),
    ACCEPTED,
    { inbox: 'acme/proto' },
  ),
  signed(
    '__proto__ in a run',
    '{"account":"acme","state":"FINISHED","run":{"__proto__":{"id":"PROTO"}},"stack":{"id":"runs"}}',
    receipt('unparsed', 'field-invalid: runId'),
  ),
  signed('an event type of every object', '{"event_type":"toString","stack_id":"a"}', NO_SHAPE),
  signed(
    'a stack that is a path',
    completed('../a'),
    receipt('unparsed', 'field-invalid: stackId'),
  ),
  signed('no stack', '{"event_type":"completed"}', receipt('unparsed', 'stack-id-missing')),

  signed('2^53 - 1', run('BIG', '"stateVersion":9007199254740991'), ACCEPTED, {
    key: 'run/acme/BIG/FINISHED/exact.9007199254740991',
  }),
  // No number can tell it from its neighbour.
  signed('2^53 + 1', LARGER, ACCEPTED, { key: `run/acme/LARGER/FINISHED/${hashKey(LARGER)}` }),
  signed('minus zero', run('ZERO', '"stateVersion":-0'), ACCEPTED, {
    key: 'run/acme/ZERO/FINISHED/exact.0',
  }),
  signed('a number too large for any', INFINITE, ACCEPTED, {
    key: `run/acme/INFINITE/FINISHED/${hashKey(INFINITE)}`,
  }),
  signed('nanoseconds', run('NANO', '"timestamp":1760000000123456789'), ACCEPTED, {
    envelope: { time: '2025-10-09T08:53:20.123Z' },
  }),
  signed('seconds', run('SECONDS', '"timestamp":1760000000'), ACCEPTED, {
    envelope: { time: '2025-10-09T08:53:20.000Z' },
  }),

  signed('an empty body', '', NOT_JSON),
  signed('white space', ' \n\t ', NOT_JSON),
  signed('null', 'null', NO_SHAPE),
  signed('a number', '1', NO_SHAPE),
  signed('a text', '"text"', NO_SHAPE),
  signed('an empty object', '{}', NO_SHAPE),
  signed('events in a list', `[${completed('a')}]`, NO_SHAPE),
  signed('events one after another', `${completed('a')}\n${completed('b')}`, NOT_JSON),
  signed('a comma too many', '{"event_type":"completed","stack_id":"a",}', NOT_JSON),
  signed('single quotes', "{'event_type':'completed','stack_id':'a'}", NOT_JSON),
  signed('a comment', `/**/${completed('a')}`, NOT_JSON),
  signed('not a number', completed('a', ',"timestamp":NaN'), NOT_JSON),
  signed('a leading zero', completed('a', ',"timestamp":01'), NOT_JSON),

  { ...signed('PUT', completed('put'), ACCEPTED), method: 'PUT' },
  withHeader('a form, as the media type says', 'Content-Type', 'application/x-www-form-urlencoded'),
  withHeader('parts, as the media type says', 'Content-Type', 'multipart/form-data; boundary=x'),
  withHeader('a charset that is not true', 'Content-Type', 'application/json; charset=utf-16'),
  withHeader('a media type that is none', 'Content-Type', ';;;'),
  withHeader('an encoding that is not true', 'Content-Encoding', 'gzip'),
  withHeader('a client that waits for 100', 'Expect', '100-continue'),
  withHeader('a client that hangs up', 'Connection', 'close'),
  withHeader('a method to put in its place', 'X-HTTP-Method-Override', 'DELETE'),
  compressed('gzip signed as sent: its bytes are the body', (gzip) => gzip, NOT_UTF8),
  compressed('gzip signed as it was: it is never decoded', () => completed('gzip'), UNSIGNED),

  chunked('a body in chunks', completed('chunks'), [1, 10], ACCEPTED),
  chunked(
    'a chunk a byte',
    completed('bytes'),
    Array.from({ length: 60 }, (_, at) => at),
    ACCEPTED,
  ),
  chunked('a character in two chunks', completed('a', ',"error":"é"'), [52, 53, 54], ACCEPTED),
  chunked('no chunk', '', [], DUPLICATE),
];

function withHeader(name: string, header: string, text: string): KnownAnswer {
  const known = signed(name, completed(name.replaceAll(/\W/g, '-')), ACCEPTED);
  return { ...known, headers: [...(known.headers ?? []), [header, text]] };
}

function compressed(
  name: string,
  signedOf: (gzip: Uint8Array) => Bytes,
  expected: Expected,
): KnownAnswer {
  const gzip = gzipSync(completed('gzip'));
  const encoding: Header = ['Content-Encoding', 'gzip'];
  return {
    name,
    body: gzip,
    headers: [encoding, signatureHeader(signedOf(gzip), SECRET)],
    ...expected,
  };
}

function chunked(
  name: string,
  body: string,
  cuts: readonly number[],
  expected: Expected,
): KnownAnswer {
  const bytes = bytesOf(body);
  const ends = [...cuts, bytes.length];
  const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
  return {
    name,
    chunks: chunks.filter((chunk) => chunk.length > 0),
    headers: [signatureHeader(body, SECRET)],
    ...expected,
  };
}

const at = (path: string, expected: Expected): KnownAnswer => ({
  ...signed(`path ${path.slice(0, 60)}`, `a body for ${path}`, expected),
  path,
});

const PATHS: readonly KnownAnswer[] = [
  at('/webhooks/spacelift/', NOT_JSON),
  at('/webhooks/spacelift/default', NOT_JSON),
  at('/webhooks/spacelift/default/', NOT_JSON),
  at('/webhooks/spacelift?account=evil&account=other', NOT_JSON),
  at('/webhooks/spacelift?', NOT_JSON),
  at('/webhooks/spacelift/default?a=%zz&b=%00', NOT_JSON),
  at('/webhooks/spacelift/defaul%74', NOT_JSON),
  at('/inbox/../webhooks/./spacelift', NOT_JSON),
  at('/inbox/%2e%2E/webhooks/%2e/spacelift', NOT_JSON),
  at('/webhooks/spacelift/default/..', NOT_JSON),
  at('/webhooks/spacelift/../../healthz', notAllowed('GET')),
  at('/../../webhooks/spacelift', NOT_JSON),
  at('/webhooks/spacelift/github', UNSIGNED),
  at('/webhooks/spacelift/Default', NO_WEBHOOK),
  at('/webhooks/spacelift/__proto__', NO_WEBHOOK),
  at('/webhooks/spacelift/constructor', NO_WEBHOOK),
  at('/webhooks/spacelift/default%00', NO_WEBHOOK),
  at('/webhooks/spacelift/default%20', NO_WEBHOOK),
  at('/webhooks/spacelift/default%0A', NO_WEBHOOK),
  at('/webhooks/spacelift/default%2F', NO_WEBHOOK),
  at('/webhooks/spacelift/..%2F..%2Finbox', NO_WEBHOOK),
  at('/webhooks/spacelift/%zz', NO_WEBHOOK),
  at('/webhooks/spacelift/%C3%28', NO_WEBHOOK),
  at(`/webhooks/spacelift/${'a'.repeat(4000)}`, NO_WEBHOOK),
  at('/webhooks/spacelift/default/more', NO_ROUTE),

  at('/webhooks/spacelift//', NO_ROUTE),
  at('/webhooks/spacelift//default', NO_ROUTE),
  at('/webhooks/spacelif%74', NO_ROUTE),
  at('/webhooks//spacelift', NO_ROUTE),
  at('//webhooks/spacelift', NO_ROUTE),
  at('/webhooks%2Fspacelift', NO_ROUTE),
  at('/webhooks/spacelift%2Fdefault', NO_ROUTE),
  at('/webhooks/spacelift%3Fa=b', NO_ROUTE),
  at('/WEBHOOKS/SPACELIFT', NO_ROUTE),
  at('/webhooks/spacelifts', NO_ROUTE),
  at('/webhooks', NO_ROUTE),
  at('/', NO_ROUTE),
  at(`/${'a'.repeat(4000)}`, NO_ROUTE),
];

const asked = (method: string, path: string, expected: Expected): KnownAnswer => ({
  name: `${method} ${path}`,
  method,
  path,
  ...expected,
});

const WEBHOOK_METHODS = notAllowed('POST, PUT');

const METHODS: readonly KnownAnswer[] = [
  asked('GET', '/webhooks/spacelift', WEBHOOK_METHODS),
  asked('GET', '/webhooks/spacelift/', WEBHOOK_METHODS),
  asked('GET', '/webhooks/spacelift/nobody', WEBHOOK_METHODS),
  asked('DELETE', '/webhooks/spacelift', WEBHOOK_METHODS),
  asked('PATCH', '/webhooks/spacelift/default', WEBHOOK_METHODS),
  asked('OPTIONS', '/webhooks/spacelift', WEBHOOK_METHODS),
  { ...asked('HEAD', '/webhooks/spacelift', WEBHOOK_METHODS), answer: null },
  asked('POST', '/healthz', notAllowed('GET')),
  asked('PUT', '/healthz/', notAllowed('GET')),
  asked('OPTIONS', '/healthz', notAllowed('GET')),
  { ...asked('HEAD', '/healthz', { status: 200, answer: null }) },
  asked('GET', '/', NO_ROUTE),
  asked('GET', '/favicon.ico', NO_ROUTE),
  { ...asked('HEAD', '/robots.txt', NO_ROUTE), answer: null },
];

export const KNOWN_ANSWERS = {
  'published and own vectors': VECTORS,
  'signature headers': HEADERS,
  'second factor': FACTORS,
  bodies: BODIES,
  paths: PATHS,
  methods: METHODS,
} as const;

/** Under BODY_LIMIT_BYTES of this. */
export const SMALL_LIMIT_BYTES = 1000;

const sized = (bytes: number) => 'x'.repeat(bytes);

const inTwo = (name: string, bytes: number, expected: Expected): KnownAnswer =>
  chunked(name, sized(bytes), [Math.floor(bytes / 2)], expected);

export const SMALL_LIMIT_ANSWERS: readonly KnownAnswer[] = [
  signed('a byte under the limit', sized(SMALL_LIMIT_BYTES - 1), NOT_JSON),
  signed('at the limit', sized(SMALL_LIMIT_BYTES), NOT_JSON),
  signed('a byte over the limit', sized(SMALL_LIMIT_BYTES + 1), TOO_LARGE),
  signed('twice the limit', sized(2 * SMALL_LIMIT_BYTES), TOO_LARGE),
  inTwo('chunked, at the limit', SMALL_LIMIT_BYTES, DUPLICATE),
  inTwo('chunked, a byte over the limit', SMALL_LIMIT_BYTES + 1, TOO_LARGE),
  inTwo('chunked, twice the limit', 2 * SMALL_LIMIT_BYTES, TOO_LARGE),
  { name: 'over the limit and unsigned', body: sized(SMALL_LIMIT_BYTES + 1), ...TOO_LARGE },
  {
    name: 'over the limit for a webhook that is not configured',
    path: '/webhooks/spacelift/nobody',
    body: sized(SMALL_LIMIT_BYTES + 1),
    ...NO_WEBHOOK,
  },
];

const DEFAULT_LIMIT_BYTES = 8 * 1024 * 1024;

export const DEFAULT_LIMIT_ANSWERS: readonly KnownAnswer[] = [
  signed('8 MiB', sized(DEFAULT_LIMIT_BYTES), NOT_JSON),
  signed('8 MiB and a byte', sized(DEFAULT_LIMIT_BYTES + 1), TOO_LARGE),
  inTwo('8 MiB in chunks', DEFAULT_LIMIT_BYTES, DUPLICATE),
  inTwo('8 MiB and a byte in chunks', DEFAULT_LIMIT_BYTES + 1, TOO_LARGE),
];
