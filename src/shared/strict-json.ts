// JSON in which every member counts: an object that names a member twice is refused, because whoever reads the
// document next may see the other one. Says where it stops understanding. For documents that decide about rights.
import { ExpectedError } from './expected-error.ts';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** `message` ends with the place: line and column, counted from 1. */
export class StrictJsonError extends ExpectedError {
  override readonly name = 'StrictJsonError';
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const MAX_DEPTH = 16;

/** A text value of a document, with where it is written: from its first quote to behind its last one. */
export interface PlacedText {
  readonly value: string;
  /** Names of the members that lead to it; lists add nothing. */
  readonly path: readonly string[];
  readonly from: number;
  readonly to: number;
}

/** Parses a whole text. Throws StrictJsonError. Objects have no prototype. `onText` is called with each text value, in order. */
export function parseStrictJson(text: string, onText?: (placed: PlacedText) => void): JsonValue {
  const reader = new Reader(text, onText);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  readonly #text: string;
  readonly #onText: ((placed: PlacedText) => void) | undefined;
  readonly #path: string[] = [];
  #at = 0;

  constructor(text: string, onText: ((placed: PlacedText) => void) | undefined) {
    this.#text = text;
    this.#onText = onText;
  }

  value(depth: number): JsonValue {
    if (depth > MAX_DEPTH) this.#fail(`more than ${MAX_DEPTH} levels deep`);
    this.#space();
    const next = this.#text[this.#at];
    if (next === '{') return this.#object(depth);
    if (next === '[') return this.#array(depth);
    if (next === '"') return this.#textValue();
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) this.#fail('something follows the end');
  }

  #object(depth: number): JsonObject {
    const members: Record<string, JsonValue> = Object.create(null) as Record<string, JsonValue>;
    this.#at += 1;
    if (this.#takes('}')) return members;
    do {
      this.#space();
      if (this.#text[this.#at] !== '"') this.#fail('a member name in double quotes is expected');
      const from = this.#at;
      const name = this.#string();
      if (Object.hasOwn(members, name)) {
        this.#at = from;
        this.#fail(`"${name.slice(0, 64)}" is there twice`);
      }
      if (!this.#takes(':')) this.#fail('":" is expected');
      this.#path.push(name);
      members[name] = this.value(depth + 1);
      this.#path.pop();
    } while (this.#takes(','));
    if (!this.#takes('}')) this.#fail('"," or "}" is expected');
    return members;
  }

  #array(depth: number): readonly JsonValue[] {
    const values: JsonValue[] = [];
    this.#at += 1;
    if (this.#takes(']')) return values;
    do values.push(this.value(depth + 1));
    while (this.#takes(','));
    if (!this.#takes(']')) this.#fail('"," or "]" is expected');
    return values;
  }

  #textValue(): string {
    const from = this.#at;
    const value = this.#string();
    this.#onText?.({ value, path: [...this.#path], from, to: this.#at });
    return value;
  }

  #string(): string {
    const from = this.#at;
    let end = from + 1;
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === '\\' ? 2 : 1;
    try {
      const value = JSON.parse(this.#text.slice(from, end + 1)) as string;
      this.#at = end + 1;
      return value;
    } catch {
      return this.#fail('a string that does not end, or holds what it must not');
    }
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const found = NUMBER.exec(this.#text);
    if (found === null) return this.#fail('a value is expected');
    this.#at += found[0].length;
    return Number(found[0]);
  }

  #space(): void {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? '-')) this.#at += 1;
  }

  #takes(mark: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== mark) return false;
    this.#at += 1;
    return true;
  }

  #fail(problem: string): never {
    const before = this.#text.slice(0, this.#at);
    const line = before.split('\n').length;
    const column = this.#at - before.lastIndexOf('\n');
    throw new StrictJsonError(`${problem} at line ${line}, column ${column}`);
  }
}
