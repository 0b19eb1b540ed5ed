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

/**
 * Compiles a pattern. The leftmost place of each piece is as good as any other, so there is no way back: at worst
 * length of text times length of the longest piece.
 */
export function compilePattern(parts: readonly PatternPart[]): WildcardMatcher {
  const pieces = piecesOf(parts);
  const [first, ...others] = pieces;
  const last = others.pop();
  if (first === undefined) return (text) => text === '';
  if (last === undefined) return wholeMatcher(first);
  const middles = others.filter((piece) => piece.length > 0);
  const shortest = pieces.reduce((sum, piece) => sum + piece.length, 0);

  return (text) => {
    if (text.length < shortest || !standsAt(first, text, 0)) return false;
    const end = text.length - last.length;
    if (!standsAt(last, text, end)) return false;
    let at = first.length;
    for (const middle of middles) {
      const found = find(middle, text, at, end - middle.length);
      if (found === -1) return false;
      at = found + middle.length;
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

/** The leftmost place between `from` and `to` at which a piece stands, or -1. */
function find(piece: Piece, text: string, from: number, to: number): number {
  const [anchor] = piece.literals;
  if (anchor === undefined) return from <= to ? from : -1;
  for (let at = from; at <= to; at += 1) {
    const found = text.indexOf(anchor.text, at + anchor.at);
    if (found === -1) return -1;
    at = found - anchor.at;
    if (at > to) return -1;
    if (standsAt(piece, text, at)) return at;
  }
  return -1;
}
