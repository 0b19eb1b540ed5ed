// Mutants that no test can kill, because the program does the same with them, each with the reason. They are left out
// of the score.
export interface Equivalent {
  readonly file: string;
  /** The text of the line, without blanks at its ends. */
  readonly line: string;
  readonly kind: string;
  readonly why: string;
}

export const equivalents: readonly Equivalent[] = [];
