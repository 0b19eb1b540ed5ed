// What a caller's own facts answer to condition keys.
// Source: IAM user guide, "AWS global condition context keys", "Properties of the principal".
import type { ContextLookup, ContextValue, PrincipalFacts } from './types.ts';

const TAG = 'aws:principaltag/';

const types: Readonly<Record<PrincipalFacts['kind'], string>> = {
  root: 'Account',
  user: 'User',
  'assumed-role': 'AssumedRole',
  federated: 'FederatedUser',
  service: 'Service',
  anonymous: 'Anonymous',
};

/** Values of the keys that describe the caller. */
export function principalContext(facts: PrincipalFacts): ContextLookup {
  const { kind } = facts;
  if (kind === 'anonymous') return (key) => (key === 'aws:principaltype' ? types.anonymous : undefined);
  return (key) => {
    switch (key) {
      case 'aws:principalarn':
        // A session counts as its role.
        return kind === 'assumed-role' ? facts.roleArn : facts.arn;
      case 'aws:principalaccount':
        return facts.accountId;
      case 'aws:principaltype':
        return types[kind];
      case 'aws:principalisawsservice':
        return String(kind === 'service');
      case 'aws:userid':
        return facts.userId;
      case 'aws:username':
        return kind === 'user' ? facts.userName : undefined;
      case 'aws:tokenissuetime':
        return facts.tokenIssuedAt === undefined ? undefined : new Date(facts.tokenIssuedAt).toISOString();
      case 'aws:multifactorauthpresent':
        return facts.multiFactorAuthPresent === undefined ? undefined : String(facts.multiFactorAuthPresent);
      default:
        return key.startsWith(TAG)
          ? inLowerCase(facts.tags, key.slice(TAG.length))
          : inLowerCase(facts.session, key);
    }
  };
}

/** The member of this name, whatever the case of its letters. */
function inLowerCase<V extends ContextValue>(
  values: Readonly<Record<string, V>> | undefined,
  name: string,
): V | undefined {
  if (values === undefined) return undefined;
  if (Object.hasOwn(values, name)) return values[name];
  for (const key of Object.keys(values)) if (key.toLowerCase() === name) return values[key];
  return undefined;
}
