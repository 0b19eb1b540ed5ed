// What the dialects differ in, for the migrations: everything else is the same SQL.
import type { ColumnDataType, RawBuilder } from 'kysely';

export interface Dialect {
  readonly name: 'sqlite' | 'postgres';
  /** Text that compares by bytes. */
  readonly text: ColumnDataType | RawBuilder<unknown>;
  /** 64-bit integer. */
  readonly integer: ColumnDataType;
  readonly bytes: ColumnDataType;
  /** Closes a `create table` whose rows lie in the primary key itself. */
  readonly clustered: RawBuilder<unknown>;
  /** Closes any other `create table`. */
  readonly plain: RawBuilder<unknown>;
}
