// Policies hold unique ids of the users and roles that they name. Those that are stored with names get the ids of the
// identities that have these names now; a name of nobody stays as it is, counts for nobody, and is kept in a list.
import { type RawBuilder, type SchemaModule, sql } from 'kysely';
import {
  awsPrincipalsOf,
  type NamedPrincipal,
  parsePrincipalArn,
  replaceAwsPrincipals,
} from '../../../shared/policy-principals.ts';
import { StrictJsonError } from '../../../shared/strict-json.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Run } from './index.ts';
import { schemaTools } from './schema-tools.ts';

/** Documents that are in memory at a time. */
const AT_A_TIME = 200;

interface Stored {
  readonly policy_of: string;
  readonly document: string;
}

export async function principalIds(schema: SchemaModule, dialect: Dialect, run: Run): Promise<void> {
  const { key } = schemaTools(schema, dialect);
  // The role's id, or the ARN of the resource.
  await key('unbound_principals', { policy_of: 'text', principal: 'text' }, ['policy_of', 'principal'])
    .modifyEnd(dialect.clustered)
    .execute();
  await bindAll(
    run,
    (after) => sql<Stored>`
      select id as policy_of, trust_policy as document from identities
      where trust_policy is not null and id > ${after} order by id limit ${AT_A_TIME}`,
    (id, document) => sql`update identities set trust_policy = ${document} where id = ${id}`,
  );
  await bindAll(
    run,
    (after) => sql<Stored>`
      select resource_arn as policy_of, document from resource_policies
      where resource_arn > ${after} order by resource_arn limit ${AT_A_TIME}`,
    (arn, document) => sql`update resource_policies set document = ${document} where resource_arn = ${arn}`,
  );
}

async function bindAll(
  run: Run,
  page: (after: string) => RawBuilder<Stored>,
  update: (policyOf: string, document: string) => RawBuilder<unknown>,
): Promise<void> {
  let rows = await run(page(''));
  while (rows.length > 0) {
    for (const { policy_of, document } of rows) {
      const ids = new Map<string, string>();
      for (const { arn, named } of namedIn(document)) {
        const id = await idOf(run, arn, named);
        if (id !== undefined) ids.set(arn, id);
        else
          await run(sql`insert into unbound_principals (policy_of, principal) values (${policy_of}, ${arn})`);
      }
      if (ids.size > 0) await run(update(policy_of, replaceAwsPrincipals(document, ids)));
    }
    rows = await run(page(rows.at(-1)?.policy_of ?? ''));
  }
}

function namedIn(document: string): readonly { readonly arn: string; readonly named: NamedPrincipal }[] {
  try {
    return awsPrincipalsOf(document).flatMap((arn) => {
      const named = parsePrincipalArn(arn);
      return named === undefined ? [] : [{ arn, named }];
    });
  } catch (error) {
    // A document that was damaged in the store: whoever asks it is refused, before this migration and after it.
    if (error instanceof StrictJsonError) return [];
    throw error;
  }
}

async function idOf(run: Run, arn: string, named: NamedPrincipal): Promise<string | undefined> {
  const kind = named.kind === 'session' ? 'role' : named.kind;
  const [found] = await run(sql<{ id: string; path: string; name: string }>`
    select id, path, name from identities
    where account_id = ${named.accountId} and kind = ${kind} and name_key = ${named.name.toLowerCase()}`);
  if (found === undefined) return undefined;
  if (named.kind === 'session')
    return arn === `arn:aws:sts::${named.accountId}:assumed-role/${found.name}/${named.session}`
      ? `${found.id}:${named.session}`
      : undefined;
  return arn === `arn:aws:iam::${named.accountId}:${kind}${found.path}${found.name}` ? found.id : undefined;
}
