// What DELETE and UPDATE statements read, cascades of foreign keys included, as SQLite plans them.
import { connectionOf } from '../../src/adapters/metadata/connection.ts';
import type { Tx } from '../../src/domain/storage.ts';

/** A statement of which a plan reads more than the rows of one key. */
export interface WidePlan {
  readonly sql: string;
  /** As SQLite describes the step. */
  readonly step: string;
}

type Row = Readonly<Record<string, unknown>>;

/**
 * The steps that search by less than a key. Enough is a whole unique key of the table, or all columns of one of its
 * foreign keys: what a cascade removes is the child rows of one parent then. Asked on the connection of `tx`, whose
 * statistics decide.
 */
export async function widePlans(tx: Tx, statements: Iterable<string>): Promise<WidePlan[]> {
  const rows = (sql: string) => connectionOf(tx).rows<Row>(sql, []);
  const wide: WidePlan[] = [];
  for (const sql of statements) {
    // SQLite plans cascades as it plans the statement: a step for each child table.
    const plan = await rows(`explain query plan ${sql}`);
    for (const row of plan) {
      const step = String(row['detail']);
      // Which rows to delete: as many as its limit says.
      const within = plan.find(({ id }) => id === row['parent']);
      if (String(within?.['detail']).startsWith('LIST SUBQUERY') && /\blimit \?\)/.test(sql)) continue;
      const search = /^SEARCH (\w+)(?: AS \w+)? USING (?:.*?)\((.*)\)$/.exec(step);
      const [, called = '', conditions] = search ?? [];
      const table =
        search === null ? undefined : (new RegExp(`"(\\w+)" as "${called}"`).exec(sql)?.[1] ?? called);
      if (table === undefined || conditions === undefined) {
        if (step.startsWith('SCAN')) wide.push({ sql, step });
        continue;
      }
      const given = new Set(
        conditions.split(' AND ').flatMap((part) => (part.endsWith('=?') ? [part.slice(0, -2)] : [])),
      );
      const keys = await keysOf(rows, table);
      if (!keys.some((columns) => columns.every((column) => given.has(column)))) wide.push({ sql, step });
    }
  }
  return wide;
}

/** The columns of each unique key and of each foreign key to a parent's whole key. */
async function keysOf(
  rows: (sql: string) => Promise<readonly Row[]>,
  table: string,
): Promise<readonly (readonly string[])[]> {
  const keys: string[][] = [['rowid']];
  for (const index of await rows(`select name from pragma_index_list('${table}') where "unique"`))
    keys.push(
      (await rows(`select name from pragma_index_info('${String(index['name'])}')`)).map((row) =>
        String(row['name']),
      ),
    );
  const foreign = new Map<unknown, string[]>();
  for (const { id, from } of await rows(`select id, "from" from pragma_foreign_key_list('${table}')`))
    foreign.set(id, [...(foreign.get(id) ?? []), String(from)]);
  return [...keys, ...foreign.values()];
}

/** A copy of the stores that notes which of their functions were called; and the names of those that were not. */
export function noteCalls<T extends object>(
  stores: T,
): { readonly noted: T; readonly uncalled: () => string[] } {
  const called = new Set<string>();
  const all = new Set<string>();
  const wrap = (value: unknown, path: string): unknown => {
    if (typeof value === 'function') {
      all.add(path);
      return (...given: unknown[]): unknown => {
        called.add(path);
        return Reflect.apply(value, undefined, given);
      };
    }
    // Stores are plain objects of functions, or of such objects.
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
      return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, part]) => [name, wrap(part, `${path}.${name}`)]),
    );
  };
  const noted = Object.fromEntries(
    Object.entries(stores).map(([name, store]) => [name, wrap(store, name)]),
  ) as T;
  return { noted, uncalled: () => [...all].filter((path) => !called.has(path)) };
}
