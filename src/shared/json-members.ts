// Names of members that readers of a JSON text could understand in different ways: one that stands twice (readers take
// the first or the last), and one that differs from a known one by case alone (Go's reader takes it for the known one).
// Looks at texts that are known to be valid JSON.
import { endOfString } from './json-bounds.ts';

/** Members that readers know, each with those of its value; a list has the members of its entries. */
export interface KnownMembers {
  readonly [name: string]: KnownMembers | 'plain' | 'free';
}

export type MemberFault =
  | { readonly kind: 'twice'; readonly name: string }
  | { readonly kind: 'case'; readonly name: string; readonly known: string };

const QUOTE = 0x22;
const NOTHING_KNOWN: KnownMembers = {};

interface Level {
  readonly isObject: boolean;
  /** What is known of the members; of the entries' for a list. */
  readonly known: KnownMembers | 'plain' | 'free';
  /** Names so far; undefined where names are the author's own. */
  readonly names: Set<string> | undefined;
}

const foldedOf = new WeakMap<KnownMembers, ReadonlyMap<string, string>>();

/** As Go compares names: Unicode's long s and Kelvin sign are an s and a k. */
function folded(name: string): string {
  return name.toUpperCase().toLowerCase();
}

function knownByFolded(known: KnownMembers): ReadonlyMap<string, string> {
  let map = foldedOf.get(known);
  if (map === undefined) {
    map = new Map(Object.keys(known).map((name) => [folded(name), name]));
    foldedOf.set(known, map);
  }
  return map;
}

/**
 * The first fault in the members of a valid JSON text; undefined for none. Below a member that is `free` names are
 * the author's own and are not looked at; below one that is not known, or `plain`, none may stand twice.
 */
export function memberFault(text: Uint8Array, known: KnownMembers): MemberFault | undefined {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  const levels: Level[] = [];
  let level: Level | undefined;
  let awaitsName = false;
  let next: Level['known'] = known;
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case QUOTE: {
        const end = endOfString(text, at + 1);
        if (awaitsName && level?.names !== undefined) {
          const name = nameIn(bytes, at, end);
          const of = typeof level.known === 'string' ? NOTHING_KNOWN : level.known;
          const fault = faultOf(name, of, level.names);
          if (fault !== undefined) return fault;
          level.names.add(name);
          next = (Object.hasOwn(of, name) ? of[name] : undefined) ?? 'plain';
        }
        awaitsName = false;
        at = end;
        break;
      }
      case 0x7b: // {
      case 0x5b: {
        const isObject = text[at] === 0x7b;
        level = { isObject, known: next, names: isObject && next !== 'free' ? new Set() : undefined };
        levels.push(level);
        awaitsName = isObject;
        break;
      }
      case 0x7d: // }
      case 0x5d: // ]
        levels.pop();
        level = levels.at(-1);
        awaitsName = false;
        break;
      case 0x2c: // ,
        awaitsName = level?.isObject === true;
        next = level?.known ?? 'plain';
        break;
      default:
        break;
    }
  }
  return undefined;
}

function faultOf(name: string, known: KnownMembers, names: ReadonlySet<string>): MemberFault | undefined {
  if (names.has(name)) return { kind: 'twice', name };
  if (known === NOTHING_KNOWN || Object.hasOwn(known, name)) return undefined;
  const meant = knownByFolded(known).get(folded(name));
  return meant === undefined ? undefined : { kind: 'case', name, known: meant };
}

/** The string between the quotes at `start` and `end`. */
function nameIn(bytes: Buffer, start: number, end: number): string {
  const quoted = bytes.toString('utf8', start, end + 1);
  return quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
}
