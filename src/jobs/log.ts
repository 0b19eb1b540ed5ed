// What background work may say; the process gives its own logger.

/** The part of the logger that background work uses. */
export interface JobLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}
