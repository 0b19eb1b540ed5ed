// Classes of disagreement with the oracle that docs/access.md explains with AWS's documentation. A case belongs to
// one when both evaluations agree as soon as the one thing in question is written another way.
import type { PolicyCase } from './policy-cases.ts';

interface Statement {
  readonly Effect: string;
  readonly Principal?: string | object;
  readonly NotPrincipal?: { readonly AWS: readonly string[] };
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

interface Document {
  readonly Version: string;
  readonly Statement: Statement | readonly Statement[];
}

const statementsOf = (document: Document): readonly Statement[] => [document.Statement].flat();

/** The same case with every document changed. */
function inDocuments(given: PolicyCase, change: (document: Document) => Document): PolicyCase {
  const changed = (document: object) => change(document as Document);
  const { boundary, session, resourcePolicy } = given;
  return {
    ...given,
    identity: given.identity.map(changed),
    ...(boundary === undefined ? {} : { boundary: changed(boundary) }),
    ...(session === undefined ? {} : { session: changed(session) }),
    ...(resourcePolicy === undefined
      ? {}
      : { resourcePolicy: { ...resourcePolicy, document: changed(resourcePolicy.document) } }),
  };
}

const inStatements = (given: PolicyCase, change: (statement: Statement) => Statement): PolicyCase =>
  inDocuments(given, (document) => ({ ...document, Statement: statementsOf(document).map(change) }));

const names = (statement: Statement, effect: string, whom: string): boolean =>
  statement.Effect === effect && JSON.stringify(statement.Principal ?? '').includes(whom);

/** The statements of this effect that name `whom` name the caller itself instead. */
function naming(given: PolicyCase, effect: string, whom: (account: string) => string): PolicyCase {
  const { principal } = given;
  if (principal.kind === 'anonymous') return given;
  return inStatements(given, (statement) =>
    names(statement, effect, whom(principal.accountId))
      ? { ...statement, Principal: { AWS: principal.arn } }
      : statement,
  );
}

/** Blocks of the request's own kind of address; a condition without any says that it is in none of them. */
function ownFamily(given: PolicyCase): PolicyCase {
  const address = given.context['aws:SourceIp'];
  if (typeof address !== 'string') return given;
  const same = (block: string) => block.includes(':') === address.includes(':');
  return inStatements(given, (statement) => {
    const operators = Object.entries(statement.Condition ?? {}).map(([operator, block]) => {
      if (!operator.startsWith('NotIpAddress')) return [operator, block] as const;
      const keys = Object.entries(block)
        .map(([key, values]) => [key, [values].flat().filter(same)] as const)
        .filter(([, values]) => values.length > 0);
      return [operator, Object.fromEntries(keys)] as const;
    });
    const left = operators.filter(([, block]) => Object.keys(block).length > 0);
    return statement.Condition === undefined
      ? statement
      : { ...statement, Condition: Object.fromEntries(left) };
  });
}

function withoutSession(given: PolicyCase): PolicyCase {
  const { session: _, resourcePolicy, principal, ...others } = given;
  if (resourcePolicy === undefined || principal.kind !== 'assumed-role') return given;
  const direct = statementsOf(resourcePolicy.document as Document).some((statement) =>
    names(statement, 'Allow', principal.arn),
  );
  return direct ? { ...others, principal, resourcePolicy } : given;
}

/** NotPrincipal with the account but not with the caller itself (and its role) denies the caller. */
function onlyAccountSpared(given: PolicyCase): PolicyCase {
  const { principal } = given;
  if (principal.kind !== 'user' && principal.kind !== 'assumed-role') return given;
  const shapes = principal.kind === 'user' ? [principal.arn] : [principal.arn, principal.roleArn];
  return inStatements(given, ({ NotPrincipal, ...statement }) => {
    if (NotPrincipal === undefined) return statement;
    const spared = shapes.every((shape) => NotPrincipal.AWS.includes(shape));
    return spared ? { ...statement, NotPrincipal } : { ...statement, Principal: { AWS: principal.arn } };
  });
}

/** By name: what to write another way. */
export const explained: Readonly<Record<string, (given: PolicyCase) => PolicyCase>> = {
  'a grant to everyone stays inside boundary and session policies': (given) =>
    naming(given, 'Allow', () => '"*"'),
  'a grant to the very session is beyond its session policy': withoutSession,
  "a denial to the caller's account is explicit": (given) => naming(given, 'Deny', (account) => account),
  'version 2008-10-17 has no variables': (given) =>
    inDocuments(given, (document) => ({ ...document, Version: '2012-10-17' })),
  'NotPrincipal spares who is listed as itself, as its role and as its account': onlyAccountSpared,
  'an address is outside of every block of the other kind': ownFamily,
};
