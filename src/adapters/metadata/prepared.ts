// Queries that kysely builds and checks once; each run then only binds the new parameters.
import {
  type Compilable,
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { Reader, Tx } from '../../domain/storage.ts';
import { connectionOf } from './connection.ts';
import type { Tables } from './tables.ts';

/** Builds queries of one dialect; runs none. */
export type Builder = Kysely<Tables>;

export function sqliteBuilder(): Builder {
  return new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
}

export interface Prepared<P, R> {
  all(on: Reader, parameters: P): Promise<readonly R[]>;
  /** The first row. */
  first(on: Reader, parameters: P): Promise<R | undefined>;
  /** How many rows it changed. */
  run(tx: Tx, parameters: P): Promise<number>;
}

/** Stands in the query for the parameter of this name. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

const placeholders: ProxyHandler<object> = {
  get: (_, name) => new Placeholder(String(name)),
};

/**
 * A query over named parameters. `build` is called at the first run, with placeholders that have the
 * parameters' types: it may put them where a value goes, and must not look at them.
 */
export function prepare<P extends object, R>(build: (parameters: P) => Compilable<R>): Prepared<P, R> {
  let compiled: { readonly sql: string; readonly slots: readonly unknown[] } | undefined;
  const statement = (): { readonly sql: string; readonly slots: readonly unknown[] } => {
    if (compiled === undefined) {
      const query = build(new Proxy({}, placeholders) as P).compile();
      compiled = { sql: query.sql, slots: query.parameters };
    }
    return compiled;
  };
  const bind = (slots: readonly unknown[], parameters: P): unknown[] =>
    slots.map((slot) =>
      slot instanceof Placeholder ? (parameters as Record<string, unknown>)[slot.name] : slot,
    );
  return {
    all(on, parameters) {
      const { sql, slots } = statement();
      return connectionOf(on).rows<R>(sql, bind(slots, parameters));
    },
    async first(on, parameters) {
      const { sql, slots } = statement();
      return (await connectionOf(on).rows<R>(sql, bind(slots, parameters)))[0];
    },
    run(tx, parameters) {
      const { sql, slots } = statement();
      return connectionOf(tx).run(sql, bind(slots, parameters));
    },
  };
}

/** The named columns out of a query's parameters, for `values` and `set`. */
export function picked<P extends object, K extends keyof P>(
  parameters: P,
  columns: readonly K[],
): Pick<P, K> {
  return Object.fromEntries(columns.map((column) => [column, parameters[column]])) as Pick<P, K>;
}

/** Rows that one call of a filtered list looks at, at most. */
const WINDOW = 500;

/**
 * A page of the rows that match, out of a bounded number of them: it may hold fewer than asked, or none, and still have
 * a `next`. `load` gives up to so many rows behind a key, in its order.
 */
async function filteredPage<R, K>(
  load: (after: K | undefined, limit: number) => Promise<readonly R[]>,
  query: { readonly after: K | undefined; readonly limit: number },
  matches: (row: R) => boolean,
  keyOf: (row: R) => K,
): Promise<{ readonly items: readonly R[]; readonly next?: K }> {
  const rows = await load(query.after, WINDOW + 1);
  const items: R[] = [];
  let last = query.after;
  for (const row of rows.slice(0, WINDOW)) {
    if (matches(row)) {
      if (items.length === query.limit) return last === undefined ? { items } : { items, next: last };
      items.push(row);
    }
    last = keyOf(row);
  }
  return rows.length > WINDOW && last !== undefined ? { items, next: last } : { items };
}

/**
 * Cuts the rows of a query with `limit + 1` into a page of `limit`.
 * `next` is the last item's key, set only when more rows follow.
 */
export function pageOf<T, K>(
  rows: readonly T[],
  limit: number,
  keyOf: (item: T) => K,
): { readonly items: readonly T[]; readonly next?: K } {
  if (rows.length <= limit) return { items: rows };
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return last === undefined ? { items } : { items, next: keyOf(last) };
}

/**
 * A page of what has a path, by name; what lies under a prefix of paths is looked for in a bounded number of rows.
 * `load` gives up to so many rows behind a name in lower case.
 */
export function pageByPath<R extends { readonly name: string; readonly path: string }>(
  load: (after: string, limit: number) => Promise<readonly R[]>,
  query: {
    readonly pathPrefix?: string | undefined;
    readonly after?: string | undefined;
    readonly limit: number;
  },
): Promise<{ readonly items: readonly R[]; readonly next?: string }> {
  const { pathPrefix = '/', after = '', limit } = query;
  const behind = (name = '', most: number) => load(name.toLowerCase(), most);
  const nameOf = ({ name }: R) => name;
  if (pathPrefix === '/') return behind(after, limit + 1).then((rows) => pageOf(rows, limit, nameOf));
  return filteredPage(behind, { after, limit }, ({ path }) => path.startsWith(pathPrefix), nameOf);
}
