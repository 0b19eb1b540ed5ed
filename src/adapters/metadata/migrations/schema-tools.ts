// How the migrations write down tables and indexes, the same for every dialect.
import { type CreateTableBuilder, type SchemaModule, sql } from 'kysely';
import type { Dialect } from '../dialects/dialect.ts';

type Kind = 'text' | 'integer' | 'bytes';

/** `name: type`, with a `?` after the type when it may be null. */
export type Columns = Readonly<Record<string, Kind | `${Kind}?`>>;

export function schemaTools(schema: SchemaModule, dialect: Dialect) {
  const table = (name: string, columns: Columns): CreateTableBuilder<string> => {
    let builder: CreateTableBuilder<string> = schema.createTable(name);
    for (const [column, kind] of Object.entries(columns)) {
      const nullable = kind.endsWith('?');
      const type = dialect[(nullable ? kind.slice(0, -1) : kind) as Kind];
      builder = builder.addColumn(column, type, (c) => (nullable ? c : c.notNull()));
    }
    return builder;
  };
  return {
    /** A table with its primary key. */
    key: (name: string, columns: Columns, primary: readonly string[]): CreateTableBuilder<string> =>
      table(name, columns).addPrimaryKeyConstraint(`${name}_key`, [...primary] as never[]),
    /** `where`: SQL of a partial index. */
    index: (name: string, on: string, columns: readonly string[], where?: string): Promise<void> => {
      const builder = schema
        .createIndex(name)
        .on(on)
        .columns([...columns]);
      return (where === undefined ? builder : builder.where(sql<boolean>`${sql.raw(where)}`)).execute();
    },
  };
}
