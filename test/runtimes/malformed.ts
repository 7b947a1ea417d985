/** Texts that are no JSON, each in its own way, and each of them in every place where a value may stand. */

const NUMBERS = [
  ...[
    '01',
    '-',
    '+1',
    '1.',
    '.5',
    '-.5',
    '1e',
    '1e+',
    '1.e1',
    '--1',
    '1..2',
    '1,2.',
    '0x1',
    '0b1',
    '1_000',
  ],
  ...['NaN', 'Infinity', '-Infinity', '-NaN', '1f', '1n', '٣', '½'],
];

const LITERALS = [
  'True',
  'TRUE',
  'tru',
  'truee',
  'nul',
  'nulll',
  'Null',
  'undefined',
  'None',
  'falsE',
];

const TEXTS = [
  ...["'a'", '`a`', '“a”', '"a', 'a"', 'a', '"a" "b"', '"a"b"', '"a" + "b"'],
  ...[
    '"\\"',
    '"\\x41"',
    '"\\a"',
    '"\\u12"',
    '"\\u12g4"',
    '"\\U0041"',
    '"\\u{41}"',
    '"\\\'"',
    '"\\\n"',
  ],
  ...['"\n"', '"\r"', '"\t"', '"\0"', '"\u001f"'],
];

const LISTS = [
  '[',
  ']',
  '[1',
  '1]',
  '[1,]',
  '[,1]',
  '[,]',
  '[1,,2]',
  '[1 2]',
  '[1;2]',
  '[1:2]',
  '[1}',
  '(1)',
  '[1]]',
  '[[1]',
  '[...]',
];

const OBJECTS = [
  ...[
    '{',
    '}',
    '{"a"}',
    '{"a":}',
    '{"a" 1}',
    '{"a"=1}',
    '{"a"=>1}',
    '{"a"::1}',
    '{:1}',
    '{"a":1',
    '{"a":1]',
  ],
  ...[
    '{a:1}',
    "{'a':1}",
    '{1:1}',
    '{null:1}',
    '{[]:1}',
    '{"a":1,}',
    '{,"a":1}',
    '{"a":1,,"b":2}',
    '{"a":1 "b":2}',
  ],
  ...['{"a":1;"b":2}', '{"a":1}}', '{{"a":1}', '{"a","b"}', '{1}'],
];

const SURROUNDINGS = [
  ...[
    '{}{}',
    '{};',
    '{}#',
    '{}//',
    '{}/**/',
    '/**/{}',
    '//\n{}',
    '#\n{}',
    '--{}',
    '<{}>',
    '{}\0',
    '\0{}',
  ],
  ...[
    '\u00a0{}',
    '{}\u00a0',
    '\u2028{}',
    '\f{}',
    '\v{}',
    '{}\ufeff',
    '\u200b{}',
    '{}\u001a',
    ")]}',\n{}",
    'a={}',
    '&{}',
  ],
];

const PLACES: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `[0,${text}]`,
  (text) => `{"a":${text}}`,
  (text) => `{"event_type":"completed","stack_id":"malformed","more":${text}}`,
];

export const MALFORMED: readonly string[] = PLACES.flatMap((place) =>
  [...NUMBERS, ...LITERALS, ...TEXTS, ...LISTS, ...OBJECTS, ...SURROUNDINGS].map(place),
);
