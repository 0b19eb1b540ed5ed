// Values and texts that no honest client sends, out of a seed: wrong types, huge numbers, deep nesting, odd characters,
// members that stand twice, and bytes that are no text at all.
import type { Chance } from '../model/contents.ts';

/** A text that stands for one that JSON.stringify could not write; `writeJson` puts it in its place. */
const DEEP = '@@deep@@';

const TEXTS: readonly string[] = [
  '',
  ' ',
  'null',
  '\u0000',
  '\u001b[2J\u001b]0;x\u0007',
  '\u202e\u2066\u200b\u061c',
  '\ud800',
  '😀',
  'é\u0301\u212a\u017f',
  '\r\nX-Injected: 1\r\n\r\n',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '../../../etc/passwd',
  '..%2f..%2f',
  '%00',
  '%zz',
  '%',
  '*',
  '${aws:username}',
  '${${*}}',
  "'; DROP TABLE images; --",
  '" OR ""="',
  '<script>alert(1)</script>',
  ']]>&lt;!ENTITY x SYSTEM "file:///etc/passwd">',
  'arn:aws:iam::123456789012:root',
  'arn:aws:::::',
  'arn:aws:ecr:us-east-1:999999999999:repository/x',
  'sha256:',
  `sha256:${'0'.repeat(63)}`,
  `sha256:${'A'.repeat(64)}`,
  `sha512:${'0'.repeat(128)}`,
  `md5:${'0'.repeat(32)}`,
  '-1',
  '1e400',
  '0x10',
  '9007199254740993',
  '2026-13-45T99:99:99Z',
  '{"a":',
  'eyJhbGciOiJub25lIn0.e30.',
  '=',
  '&&==&',
  '\ufeff',
];

const NUMBERS: readonly number[] = [
  0,
  -0,
  -1,
  1,
  1.5,
  2 ** 31,
  2 ** 53,
  -(2 ** 53),
  1e21,
  1e308,
  -1e308,
  5e-324,
  253402300800,
  8.64e15,
];

/** A text of up to some ten thousand characters, mostly short. */
export function hostileText(chance: Chance): string {
  const text = chance.one(TEXTS);
  if (chance.percent(80)) return text;
  const lengths = [2, 64, 127, 128, 129, 255, 256, 257, 1024, 4097, 20_000];
  const length = chance.one(lengths);
  const part = text === '' ? chance.one(['a', '*', '?', '/', '.', '-', ',', '\\']) : text;
  return part.repeat(Math.ceil(length / part.length)).slice(0, length);
}

/** Any JSON value. */
export function hostileValue(chance: Chance, depth = 0): unknown {
  switch (chance.below(depth > 3 ? 6 : 10)) {
    case 0:
      return null;
    case 1:
      return chance.percent(50);
    case 2:
    case 3:
      return chance.one(NUMBERS);
    case 4:
    case 5:
      return hostileText(chance);
    case 6:
      return Array.from({ length: chance.below(4) }, () => hostileValue(chance, depth + 1));
    case 7:
      return Object.fromEntries(
        Array.from({ length: chance.below(4) }, () => [
          hostileText(chance).slice(0, 64),
          hostileValue(chance, depth + 1),
        ]),
      );
    case 8:
      return Array.from({ length: chance.one([11, 51, 101, 1001, 10_000]) }, () =>
        chance.one(['a', 0, null]),
      );
    default:
      return DEEP;
  }
}

/** Every place in a JSON value: how to read it and how to put something else there. */
interface Place {
  readonly value: unknown;
  readonly put: (value: unknown) => void;
  readonly remove: () => void;
}

function placesIn(value: unknown, into: Place[]): Place[] {
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) {
      into.push({ value: item, put: (given) => (value[at] = given), remove: () => value.splice(at, 1) });
      placesIn(item, into);
    }
  } else if (typeof value === 'object' && value !== null) {
    const object = value as Record<string, unknown>;
    for (const [name, item] of Object.entries(object)) {
      into.push({
        value: item,
        put: (given) => (object[name] = given),
        remove: () => delete object[name],
      });
      placesIn(item, into);
    }
  }
  return into;
}

/** A copy in which some places hold something else, or nothing. */
export function mutated<T extends object>(chance: Chance, value: T): T {
  const copy = structuredClone(value);
  for (let left = chance.one([1, 1, 1, 2, 3]); left > 0; left -= 1) {
    const places = placesIn(copy, []);
    if (places.length === 0) return copy;
    const place = chance.one(places);
    switch (chance.below(6)) {
      case 0:
        place.remove();
        break;
      case 1:
        // Something of the right kind, too often.
        place.put(
          Array.isArray(place.value) ? repeated(place.value, chance.one([2, 101, 1001])) : [place.value],
        );
        break;
      case 2:
        place.put(typeof place.value === 'string' ? place.value + hostileText(chance) : hostileValue(chance));
        break;
      default:
        place.put(hostileValue(chance));
    }
  }
  return copy;
}

/** Not more than a large request holds. */
const MOST_CHARACTERS = 1_000_000;

function repeated(list: readonly unknown[], times: number): unknown[] {
  const most = Math.max(1, Math.floor(MOST_CHARACTERS / (JSON.stringify(list).length + 1)));
  return Array.from({ length: Math.min(times, most) }, () => list).flat();
}

/** The value as JSON text, with what JSON.stringify cannot write: members twice, nesting without end. */
export function writeJson(chance: Chance, value: unknown): string {
  const nesting = chance.one([20, 40, 200, 5000]);
  const deep = chance.percent(50)
    ? `${'['.repeat(nesting)}${']'.repeat(nesting)}`
    : `${'{"a":'.repeat(nesting)}1${'}'.repeat(nesting)}`;
  let text = (JSON.stringify(value) ?? 'null').replaceAll(JSON.stringify(DEEP), deep);
  if (chance.percent(8)) text = text.replace(/"(\w+)":/, '"$1":null,"$1":');
  if (chance.percent(4))
    text = text.replace(
      /"([a-z])(\w*)":/,
      (_, a: string, b: string) => `"${a.toUpperCase()}${b}":[],"${a}${b}":`,
    );
  if (chance.percent(3)) text = text.slice(0, chance.below(text.length + 1));
  if (chance.percent(2)) text = `${chance.one(['\ufeff', ' \n\t', '[', '//', ')]}'])}${text}`;
  if (chance.percent(2)) text += chance.one([',', '}', '\u0000', ' garbage', text]);
  if (chance.percent(2)) text = text.replace(/\d+/, chance.one(['1e999', '-', '01', 'NaN', '1'.repeat(400)]));
  return text;
}

/** The text's bytes, now and then with some that are not UTF-8. */
export function writeBytes(chance: Chance, text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > 0 && chance.percent(3))
    for (let left = 1 + chance.below(4); left > 0; left -= 1)
      bytes[chance.below(bytes.length)] = chance.below(256);
  return bytes;
}

/** A policy document, mostly one that is well formed. */
export function policyText(chance: Chance): string {
  const part = () =>
    chance.one([
      '*',
      'ecr:*',
      'ecr:Get?*',
      'arn:aws:ecr:*:*:repository/*',
      '?'.repeat(200),
      hostileText(chance),
    ]);
  const statement = () => ({
    Effect: chance.one(['Allow', 'Deny', 'allow']),
    ...(chance.percent(30)
      ? { Principal: chance.one(['*', { AWS: part() }, { AWS: [part(), part()] }, { Service: part() }]) }
      : {}),
    [chance.one(['Action', 'Action', 'NotAction'])]: chance.percent(50) ? part() : [part(), part()],
    [chance.one(['Resource', 'Resource', 'NotResource'])]: part(),
    ...(chance.percent(40)
      ? {
          Condition: {
            [chance.one([
              'StringLike',
              'ArnLike',
              'IpAddress',
              'NumericLessThan',
              'DateGreaterThan',
              'Bool',
              'Null',
              'ForAllValues:StringEquals',
              hostileText(chance),
            ])]: {
              [chance.one(['aws:SourceIp', 'aws:username', 'aws:PrincipalTag/a', hostileText(chance)])]:
                chance.percent(70) ? part() : hostileValue(chance),
            },
          },
        }
      : {}),
  });
  const document = {
    Version: chance.one(['2012-10-17', '2012-10-17', '2008-10-17', 'x']),
    Statement: Array.from({ length: chance.one([1, 1, 2, 5, 40]) }, statement),
  };
  return writeJson(chance, chance.percent(60) ? document : mutated(chance, document));
}
