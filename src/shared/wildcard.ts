// Wildcards as AWS writes them: `*` is any run of characters, the empty one and `/` included, `?` is any one
// character where a language has it; the whole text must match. A pattern is cut at its stars into pieces and never
// becomes a regular expression: one that backtracks could stop the process.

/** Whether a text as a whole matches. */
export type WildcardMatcher = (text: string) => boolean;

/** What a pattern is made of: text that stands for itself, or a wildcard. */
export type PatternPart =
  | string
  /** `run`: any characters, or none. `one`: exactly one character. */
  | { readonly any: 'run' | 'one' };

const RUN: PatternPart = { any: 'run' };
const ONE: PatternPart = { any: 'one' };

/** Between two stars: literals at fixed places; `length` counts single wildcards too. */
interface Piece {
  readonly length: number;
  readonly literals: readonly { readonly at: number; readonly text: string }[];
}

/** Compiles a filter in which `*` is the only wildcard. */
export function compileWildcard(filter: string): WildcardMatcher {
  return compilePattern(filter.split('*').flatMap((text, index) => (index === 0 ? [text] : [RUN, text])));
}

/** A text with both wildcards, as parts. */
export function patternParts(text: string): readonly PatternPart[] {
  return text
    .split(/([*?])/)
    .filter((part) => part !== '')
    .map((part) => (part === '*' ? RUN : part === '?' ? ONE : part));
}

/** Compiles a pattern. The leftmost place of each piece is as good as any other, so there is no way back. */
export function compilePattern(parts: readonly PatternPart[]): WildcardMatcher {
  const pieces = piecesOf(parts);
  const [first, ...others] = pieces;
  const last = others.pop();
  if (first === undefined) return (text) => text === '';
  if (last === undefined) return wholeMatcher(first);
  const middles = others
    .filter((piece) => piece.length > 0)
    .map((piece) => ({ length: piece.length, search: searchFor(piece) }));
  const shortest = pieces.reduce((sum, piece) => sum + piece.length, 0);

  return (text) => {
    if (text.length < shortest || !standsAt(first, text, 0)) return false;
    const end = text.length - last.length;
    if (!standsAt(last, text, end)) return false;
    let at = first.length;
    for (const { length, search } of middles) {
      const found = search(text, at);
      if (found === -1 || found + length > end) return false;
      at = found + length;
    }
    return true;
  };
}

function wholeMatcher(piece: Piece): WildcardMatcher {
  const [only] = piece.literals;
  if (only === undefined) return (text) => text.length === piece.length;
  if (only.text.length === piece.length) return (text) => text === only.text;
  return (text) => text.length === piece.length && standsAt(piece, text, 0);
}

function piecesOf(parts: readonly PatternPart[]): readonly Piece[] {
  const pieces: Piece[] = [];
  let length = 0;
  let literals: { at: number; text: string }[] = [];
  const cut = () => {
    pieces.push({ length, literals });
    length = 0;
    literals = [];
  };
  for (const part of parts) {
    if (typeof part !== 'string') {
      if (part.any === 'run') cut();
      else length += 1;
      continue;
    }
    if (part === '') continue;
    const before = literals.at(-1);
    if (before !== undefined && before.at + before.text.length === length) before.text += part;
    else literals.push({ at: length, text: part });
    length += part.length;
  }
  cut();
  return pieces;
}

function standsAt(piece: Piece, text: string, at: number): boolean {
  for (const literal of piece.literals) if (!text.startsWith(literal.text, at + literal.at)) return false;
  return true;
}

/** Gives the leftmost place at or after `from` at which a piece stands, or -1. */
type PieceSearch = (text: string, from: number) => number;

function searchFor(piece: Piece): PieceSearch {
  const [only] = piece.literals;
  if (only === undefined) return (text, from) => (from + piece.length <= text.length ? from : -1);
  if (only.text.length === piece.length) return (text, from) => text.indexOf(only.text, from);
  return shiftAnd(piece);
}

/**
 * Search for a piece with single wildcards: bit i of `state` says that the first i + 1 characters of the piece stand
 * where the text has been read to (Baeza-Yates and Gonnet, 1992). A step for each character and 32 of the piece,
 * whatever the two are.
 */
function shiftAnd(piece: Piece): PieceSearch {
  const words = Math.ceil(piece.length / 32);
  const anyone = new Uint32Array(words).fill(0xffffffff);
  for (const { at, text } of piece.literals) for (let i = at; i < at + text.length; i += 1) unset(anyone, i);
  const masks = new Map<number, Uint32Array>();
  for (const { at, text } of piece.literals)
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      const mask = masks.get(code) ?? Uint32Array.from(anyone);
      mask[(at + i) >>> 5] = (mask[(at + i) >>> 5] ?? 0) | (1 << ((at + i) & 31));
      masks.set(code, mask);
    }
  const lastWord = words - 1;
  const lastBit = 1 << ((piece.length - 1) & 31);
  return (text, from) => {
    const state = new Uint32Array(words);
    for (let at = from; at < text.length; at += 1) {
      const mask = masks.get(text.charCodeAt(at)) ?? anyone;
      let carry = 1;
      for (let word = 0; word < words; word += 1) {
        const before = state[word] ?? 0;
        state[word] = ((before << 1) | carry) & (mask[word] ?? 0);
        carry = before >>> 31;
      }
      if (((state[lastWord] ?? 0) & lastBit) !== 0) return at - piece.length + 1;
    }
    return -1;
  };
}

function unset(bits: Uint32Array, at: number): void {
  bits[at >>> 5] = (bits[at >>> 5] ?? 0) & ~(1 << (at & 31));
}
