// Domain objects as IAM writes them. Documents go out percent-encoded (RFC 3986), as IAM's do: clients decode them.
import {
  type AccessKeyRecord,
  type Group,
  type Iam,
  identityArn,
  type PolicyVersion,
  policyArn,
  type Role,
  type Tag,
  type Tags,
  type UsedPolicy,
  type User,
} from '../../domain/access/index.ts';
import type * as wire from './generated/types.ts';

export function encodedDocument(document: string): string {
  return encodeURIComponent(document).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

export function tagShapes(tags: Tags): readonly wire.Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export function tagsOf(shapes: readonly wire.Tag[] | undefined): readonly Tag[] {
  return (shapes ?? []).map(({ Key, Value }) => ({ key: Key, value: Value }));
}

/** A user as lists have it: without its tags and its boundary. */
export function userShape(user: User): wire.User {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: identityArn(user),
    CreateDate: user.createdAt,
  };
}

export function groupShape(group: Group): wire.Group {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: identityArn(group),
    CreateDate: group.createdAt,
  };
}

/** A role as lists have it: without its tags, its boundary and its last use. */
export function roleShape(role: Role): wire.Role {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: identityArn(role),
    CreateDate: role.createdAt,
    AssumeRolePolicyDocument: encodedDocument(role.trustPolicy),
    Description: role.description,
    MaxSessionDuration: role.maxSessionSeconds,
  };
}

async function boundaryShape(
  iam: Iam,
  policyId: string | undefined,
): Promise<wire.AttachedPermissionsBoundary | undefined> {
  const policy = policyId === undefined ? undefined : await iam.attachments.policyById(policyId);
  return (
    policy && {
      PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
      PermissionsBoundaryArn: policyArn(policy),
    }
  );
}

export async function wholeUserShape(iam: Iam, user: User): Promise<wire.User> {
  return {
    ...userShape(user),
    PermissionsBoundary: await boundaryShape(iam, user.boundaryPolicyId),
    ...(Object.keys(user.tags).length === 0 ? {} : { Tags: tagShapes(user.tags) }),
  };
}

export async function wholeRoleShape(iam: Iam, role: Role): Promise<wire.Role> {
  const { lastUsed } = role;
  return {
    ...roleShape(role),
    PermissionsBoundary: await boundaryShape(iam, role.boundaryPolicyId),
    ...(Object.keys(role.tags).length === 0 ? {} : { Tags: tagShapes(role.tags) }),
    RoleLastUsed: lastUsed === undefined ? {} : { LastUsedDate: lastUsed.at, Region: lastUsed.region },
  };
}

/** A policy as lists have it: without its tags. */
export function policyShape({ policy, attached, boundaries }: UsedPolicy): wire.Policy {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policyArn(policy),
    Path: policy.path,
    DefaultVersionId: `v${policy.defaultVersion}`,
    AttachmentCount: attached,
    PermissionsBoundaryUsageCount: boundaries,
    IsAttachable: true,
    Description: policy.description,
    CreateDate: policy.createdAt,
    UpdateDate: policy.updatedAt,
  };
}

export function wholePolicyShape(used: UsedPolicy): wire.Policy {
  return { ...policyShape(used), Tags: tagShapes(used.policy.tags) };
}

/** A version as lists have it: without its document. */
export function versionShape({
  version,
  isDefault,
}: {
  readonly version: PolicyVersion;
  readonly isDefault: boolean;
}): wire.PolicyVersion {
  return {
    VersionId: `v${version.number}`,
    IsDefaultVersion: isDefault,
    CreateDate: version.createdAt,
  };
}

/** `userName`: absent for a root's key. */
export function keyShape(key: AccessKeyRecord, userName: string | undefined): wire.AccessKeyMetadata {
  return { UserName: userName, AccessKeyId: key.id, Status: key.status, CreateDate: key.createdAt };
}
