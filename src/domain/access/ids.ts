// Identifiers and secrets as AWS's clients know them: a prefix that tells the kind, then capital letters and digits.
import { randomInt } from 'node:crypto';

const ID_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const SECRET_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Prefix and number of letters after it. */
const SHAPES = {
  user: ['AIDA', 17],
  group: ['AGPA', 17],
  role: ['AROA', 17],
  policy: ['ANPA', 17],
  accessKey: ['AKIA', 16],
  session: ['ASIA', 16],
} as const;

/** A new identifier; 80 random bits or more, so that none comes twice. */
export function newId(kind: keyof typeof SHAPES): string {
  const [prefix, length] = SHAPES[kind];
  return prefix + randomLetters(ID_LETTERS, length);
}

/** A secret access key: 40 characters, 240 random bits. */
export function newSecret(): string {
  return randomLetters(SECRET_LETTERS, 40);
}

function randomLetters(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}
