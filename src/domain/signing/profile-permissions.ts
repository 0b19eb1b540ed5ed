// Permissions of a signing profile: which other accounts and roles may use it. Kept as the resource policy that they
// are, with unique ids of roles and users; every change gives it a new revision, and a change that is based on an older
// one is refused.
import { type RegistryKey, signingProfileArn } from '../../shared/arn.ts';
import { compilePolicy, type PolicyDocuments } from '../access/index.ts';
import { DomainError, isDomainError } from '../errors.ts';
import type { Reader, Storage, Tx } from '../storage.ts';
import type { SigningProfiles } from './ports.ts';
import { profileNotFound, validation } from './profiles.ts';
import type { PermissionsDoor, ProfilePermission } from './signing.ts';

export interface PermissionsDeps {
  readonly storage: Storage;
  readonly profiles: SigningProfiles;
  readonly policyDocuments: PolicyDocuments;
}

/** What can be permitted, as AWS Signer lists it. */
const ACTIONS: ReadonlySet<string> = new Set([
  'signer:StartSigningJob',
  'signer:SignPayload',
  'signer:GetSigningProfile',
  'signer:RevokeSignature',
]);
const STATEMENT_ID = /^[a-zA-Z0-9_-]{1,64}$/;
/** As much as fits the policy of a profile, bytes. */
const MAX_POLICY_BYTES = 20_000;

interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Principal: { readonly AWS: string };
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: { readonly StringEquals: { readonly 'signer:ProfileVersion': string } };
}

export function makePermissions(deps: PermissionsDeps): PermissionsDoor {
  const { storage, policyDocuments } = deps;

  /** What a change starts from. Throws SigningProfileNotFound, and Conflict when it was based on another revision. */
  async function current(tx: Tx, owner: RegistryKey, name: string, revision: string | undefined) {
    if ((await deps.profiles.find(tx, owner, name)) === undefined) throw profileNotFound(name, owner);
    const arn = signingProfileArn(owner, name);
    const found = await policyDocuments.findStored(tx, arn);
    if (revision !== undefined && revision !== found?.revision)
      throw conflict(
        `The permissions of the signing profile '${name}' are not at the revision ${revision} any more; list them and try again.`,
      );
    return { arn, permissions: found === undefined ? [] : permissionsOf(found.document) };
  }

  /** The permission with the unique id of its role or user. Throws Validation for one that does not exist. */
  async function bound(tx: Tx, arn: string, permission: ProfilePermission) {
    const document = documentOf(arn, [permission]);
    try {
      compilePolicy(document, 'signing-profile');
      return permissionsOf(await policyDocuments.principals.bind(tx, document));
    } catch (error) {
      if (!isDomainError(error, 'MalformedPolicy')) throw error;
      const message = `Principal is not a valid AWS account id or IAM Role Arn: '${permission.principal.slice(0, 200)}'`;
      throw new DomainError('Validation', message, {}, { cause: error });
    }
  }

  return {
    add: (owner, name, permission, revision) =>
      storage.write(async (tx) => {
        check(permission);
        const { arn, permissions } = await current(tx, owner, name, revision);
        const { statementId, profileVersion } = permission;
        if (permissions.some((other) => other.statementId === statementId))
          throw conflict(`The signing profile '${name}' has a permission '${statementId}' already.`);
        if (
          profileVersion !== undefined &&
          (await deps.profiles.findVersion(tx, owner, name, profileVersion)) === undefined
        )
          throw validation(`The signing profile '${name}' has no version ${profileVersion}.`);
        const document = documentOf(arn, [...permissions, ...(await bound(tx, arn, permission))]);
        return (await policyDocuments.putStored(tx, arn, 'signing-profile', document)).revision;
      }),

    remove: (owner, name, statementId, revision) =>
      storage.write(async (tx) => {
        const { arn, permissions } = await current(tx, owner, name, revision);
        const rest = permissions.filter((permission) => permission.statementId !== statementId);
        if (rest.length === permissions.length)
          throw new DomainError(
            'ProfilePermissionNotFound',
            `The signing profile '${name}' has no permission '${statementId}'.`,
            {},
          );
        if (rest.length > 0)
          return (await policyDocuments.putStored(tx, arn, 'signing-profile', documentOf(arn, rest)))
            .revision;
        await policyDocuments.delete(tx, arn);
        return undefined;
      }),

    async list(owner, name) {
      if ((await deps.profiles.find(storage.reader, owner, name)) === undefined)
        throw profileNotFound(name, owner);
      const found = await policyDocuments.find(storage.reader, signingProfileArn(owner, name));
      if (found === undefined) return { permissions: [], policySizeBytes: 0 };
      return {
        revision: found.revision,
        permissions: permissionsOf(found.document),
        policySizeBytes: Buffer.byteLength(found.document),
      };
    },
  };
}

/** Whether somebody of the account may sign with the profile. */
export async function permitsAccount(
  policyDocuments: PolicyDocuments,
  on: Reader,
  profileArn: string,
  accountId: string,
): Promise<boolean> {
  const found = await policyDocuments.findStored(on, profileArn);
  for (const { action, principal } of found === undefined ? [] : permissionsOf(found.document))
    if (
      action === 'signer:SignPayload' &&
      (await policyDocuments.principals.accountOf(on, principal)) === accountId
    )
      return true;
  return false;
}

function check({ action, principal, statementId }: ProfilePermission): void {
  if (!ACTIONS.has(action))
    throw validation(`The action '${action}' cannot be permitted; these can: ${[...ACTIONS].join(', ')}.`);
  if (!STATEMENT_ID.test(statementId))
    throw validation('A statement id has 1 to 64 letters, digits, hyphens and underscores.');
  if (principal === '*')
    throw validation('A principal is an account number or the ARN of a role, not everyone.');
}

function documentOf(arn: string, permissions: readonly ProfilePermission[]): string {
  const statements = permissions.map(
    ({ action, principal, statementId, profileVersion }): Statement => ({
      Sid: statementId,
      Effect: 'Allow',
      Principal: { AWS: principal },
      Action: action,
      Resource: arn,
      ...(profileVersion === undefined
        ? {}
        : { Condition: { StringEquals: { 'signer:ProfileVersion': profileVersion } } }),
    }),
  );
  const document = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  if (Buffer.byteLength(document) > MAX_POLICY_BYTES)
    throw new DomainError(
      'LimitExceeded',
      `The permissions of a signing profile may have ${MAX_POLICY_BYTES} bytes as a policy.`,
      {},
    );
  return document;
}

function permissionsOf(document: string): readonly ProfilePermission[] {
  const { Statement: statements } = JSON.parse(document) as { readonly Statement: readonly Statement[] };
  return statements.map(({ Sid, Principal, Action, Condition }) => ({
    statementId: Sid,
    principal: Principal.AWS,
    action: Action,
    ...(Condition === undefined ? {} : { profileVersion: Condition.StringEquals['signer:ProfileVersion'] }),
  }));
}

function conflict(message: string): DomainError<'Conflict'> {
  return new DomainError('Conflict', message, {});
}
