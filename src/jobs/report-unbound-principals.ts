// Says at the start which policies name users or roles that are nobody since the migration to unique ids.
import type { Access } from '../domain/access/index.ts';
import type { JobLog } from './log.ts';

/** Names in the line; `sealport doctor` has them all. */
const SHOWN = 20;

export async function reportUnboundPrincipals(access: Access, log: JobLog): Promise<void> {
  try {
    const unbound = await access.iam.unboundPrincipals();
    if (unbound.length === 0) return;
    log.warn(
      { count: unbound.length, first: unbound.slice(0, SHOWN) },
      'policies name users or roles that did not exist when policies began to hold unique ids: these names are nobody until the policy is put again',
    );
  } catch (error) {
    log.error({ err: error }, 'policies could not be searched for names that are nobody');
  }
}
