// The check of `sealport doctor` on policies: whether all whom they name are somebody.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Config } from '../config/index.ts';
import { awsPrincipalsOf } from '../shared/policy-principals.ts';
import type { Finding } from './doctor.ts';
import { printable } from './terminal.ts';

const CHECK = 'policies';

const QUERY = `
  select unbound.principal, coalesce('role ' || role.name, unbound.policy_of) as policy_of,
    coalesce(role.trust_policy, policy.document) as document
  from unbound_principals as unbound
  left join identities as role on role.id = unbound.policy_of
  left join resource_policies as policy on policy.resource_arn = unbound.policy_of
  order by unbound.policy_of, unbound.principal`;

/** Names that the migration to unique ids found nobody for, and that are in their policies still. */
export function policiesCheck(config: Config): Finding {
  const path = join(config.dataDir, 'metadata.db');
  if (!existsSync(path)) return { check: CHECK, outcome: 'skipped', detail: 'nothing is stored yet' };
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    const names: string[] = [];
    for (const row of connection.prepare(QUERY).iterate()) {
      const [principal, document] = [String(row['principal']), row['document']];
      if (typeof document !== 'string' || !awsPrincipalsOf(document).includes(principal)) continue;
      names.push(`${principal} in the policy of ${String(row['policy_of'])}`);
    }
    if (names.length === 0)
      return { check: CHECK, outcome: 'ok', detail: 'all users and roles that they name are bound to ids' };
    return {
      check: CHECK,
      outcome: 'warning',
      detail: `names that are nobody until the policy is put again: ${printable(names.join(', '))}`,
    };
  } catch (error) {
    const { message } = error as Error;
    const detail = message.includes('no such table')
      ? 'the database is of an older version: the next start binds names to ids'
      : `${path}: ${message}`;
    return { check: CHECK, outcome: 'skipped', detail };
  } finally {
    connection?.close();
  }
}
