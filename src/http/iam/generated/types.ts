// Made by scripts/generate-api.ts from api/iam.json. Do not edit.

export type AccessKey = {
  readonly UserName: string;
  readonly AccessKeyId: string;
  readonly Status: statusType;
  readonly SecretAccessKey: string;
  readonly CreateDate?: number | undefined;
};

export type AccessKeyLastUsed = {
  readonly LastUsedDate?: number | undefined;
  readonly ServiceName: string;
  readonly Region: string;
};

export type AccessKeyMetadata = {
  readonly UserName?: string | undefined;
  readonly AccessKeyId?: string | undefined;
  readonly Status?: statusType | undefined;
  readonly CreateDate?: number | undefined;
};

export type AddUserToGroupRequest = {
  readonly GroupName: string;
  readonly UserName: string;
};

export type AttachGroupPolicyRequest = {
  readonly GroupName: string;
  readonly PolicyArn: string;
};

export type AttachRolePolicyRequest = {
  readonly RoleName: string;
  readonly PolicyArn: string;
};

export type AttachUserPolicyRequest = {
  readonly UserName: string;
  readonly PolicyArn: string;
};

export type AttachedPermissionsBoundary = {
  readonly PermissionsBoundaryType?: PermissionsBoundaryAttachmentType | undefined;
  readonly PermissionsBoundaryArn?: string | undefined;
};

export type AttachedPolicy = {
  readonly PolicyName?: string | undefined;
  readonly PolicyArn?: string | undefined;
};

export type ContextEntry = {
  readonly ContextKeyName?: string | undefined;
  readonly ContextKeyValues?: readonly string[] | undefined;
  readonly ContextKeyType?: ContextKeyTypeEnum | undefined;
};

export type ContextKeyTypeEnum = 'string' | 'stringList' | 'numeric' | 'numericList' | 'boolean' | 'booleanList' | 'ip' | 'ipList' | 'binary' | 'binaryList' | 'date' | 'dateList';

export type CreateAccessKeyRequest = {
  readonly UserName?: string | undefined;
};

export type CreateAccessKeyResponse = {
  readonly AccessKey: AccessKey;
};

export type CreateGroupRequest = {
  readonly Path?: string | undefined;
  readonly GroupName: string;
};

export type CreateGroupResponse = {
  readonly Group: Group;
};

export type CreateOpenIDConnectProviderRequest = {
  readonly Url: string;
  readonly ClientIDList?: readonly string[] | undefined;
  readonly ThumbprintList?: readonly string[] | undefined;
  readonly Tags?: readonly Tag[] | undefined;
};

export type CreateOpenIDConnectProviderResponse = {
  readonly OpenIDConnectProviderArn?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
};

export type CreatePolicyRequest = {
  readonly PolicyName: string;
  readonly Path?: string | undefined;
  readonly PolicyDocument: string;
  readonly Description?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
};

export type CreatePolicyResponse = {
  readonly Policy?: Policy | undefined;
};

export type CreatePolicyVersionRequest = {
  readonly PolicyArn: string;
  readonly PolicyDocument: string;
  readonly SetAsDefault?: boolean | undefined;
};

export type CreatePolicyVersionResponse = {
  readonly PolicyVersion?: PolicyVersion | undefined;
};

export type CreateRoleRequest = {
  readonly Path?: string | undefined;
  readonly RoleName: string;
  readonly AssumeRolePolicyDocument: string;
  readonly Description?: string | undefined;
  readonly MaxSessionDuration?: number | undefined;
  readonly PermissionsBoundary?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
};

export type CreateRoleResponse = {
  readonly Role: Role;
};

export type CreateUserRequest = {
  readonly Path?: string | undefined;
  readonly UserName: string;
  readonly PermissionsBoundary?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
};

export type CreateUserResponse = {
  readonly User?: User | undefined;
};

export type DeleteAccessKeyRequest = {
  readonly UserName?: string | undefined;
  readonly AccessKeyId: string;
};

export type DeleteGroupPolicyRequest = {
  readonly GroupName: string;
  readonly PolicyName: string;
};

export type DeleteGroupRequest = {
  readonly GroupName: string;
};

export type DeleteOpenIDConnectProviderRequest = {
  readonly OpenIDConnectProviderArn: string;
};

export type DeletePolicyRequest = {
  readonly PolicyArn: string;
};

export type DeletePolicyVersionRequest = {
  readonly PolicyArn: string;
  readonly VersionId: string;
};

export type DeleteRolePermissionsBoundaryRequest = {
  readonly RoleName: string;
};

export type DeleteRolePolicyRequest = {
  readonly RoleName: string;
  readonly PolicyName: string;
};

export type DeleteRoleRequest = {
  readonly RoleName: string;
};

export type DeleteUserPermissionsBoundaryRequest = {
  readonly UserName: string;
};

export type DeleteUserPolicyRequest = {
  readonly UserName: string;
  readonly PolicyName: string;
};

export type DeleteUserRequest = {
  readonly UserName: string;
};

export type DetachGroupPolicyRequest = {
  readonly GroupName: string;
  readonly PolicyArn: string;
};

export type DetachRolePolicyRequest = {
  readonly RoleName: string;
  readonly PolicyArn: string;
};

export type DetachUserPolicyRequest = {
  readonly UserName: string;
  readonly PolicyArn: string;
};

export type EvaluationResult = {
  readonly EvalActionName: string;
  readonly EvalResourceName?: string | undefined;
  readonly EvalDecision: PolicyEvaluationDecisionType;
  readonly MatchedStatements?: readonly Statement[] | undefined;
  readonly MissingContextValues?: readonly string[] | undefined;
  readonly OrganizationsDecisionDetail?: OrganizationsDecisionDetail | undefined;
  readonly PermissionsBoundaryDecisionDetail?: PermissionsBoundaryDecisionDetail | undefined;
  readonly EvalDecisionDetails?: Readonly<Record<string, PolicyEvaluationDecisionType>> | undefined;
  readonly ResourceSpecificResults?: readonly ResourceSpecificResult[] | undefined;
};

export type GetAccessKeyLastUsedRequest = {
  readonly AccessKeyId: string;
};

export type GetAccessKeyLastUsedResponse = {
  readonly UserName?: string | undefined;
  readonly AccessKeyLastUsed?: AccessKeyLastUsed | undefined;
};

export type GetGroupPolicyRequest = {
  readonly GroupName: string;
  readonly PolicyName: string;
};

export type GetGroupPolicyResponse = {
  readonly GroupName: string;
  readonly PolicyName: string;
  readonly PolicyDocument: string;
};

export type GetGroupRequest = {
  readonly GroupName: string;
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
};

export type GetGroupResponse = {
  readonly Group: Group;
  readonly Users: readonly User[];
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
};

export type GetOpenIDConnectProviderRequest = {
  readonly OpenIDConnectProviderArn: string;
};

export type GetOpenIDConnectProviderResponse = {
  readonly Url?: string | undefined;
  readonly ClientIDList?: readonly string[] | undefined;
  readonly ThumbprintList?: readonly string[] | undefined;
  readonly CreateDate?: number | undefined;
  readonly Tags?: readonly Tag[] | undefined;
};

export type GetPolicyRequest = {
  readonly PolicyArn: string;
};

export type GetPolicyResponse = {
  readonly Policy?: Policy | undefined;
};

export type GetPolicyVersionRequest = {
  readonly PolicyArn: string;
  readonly VersionId: string;
};

export type GetPolicyVersionResponse = {
  readonly PolicyVersion?: PolicyVersion | undefined;
};

export type GetRolePolicyRequest = {
  readonly RoleName: string;
  readonly PolicyName: string;
};

export type GetRolePolicyResponse = {
  readonly RoleName: string;
  readonly PolicyName: string;
  readonly PolicyDocument: string;
};

export type GetRoleRequest = {
  readonly RoleName: string;
};

export type GetRoleResponse = {
  readonly Role: Role;
};

export type GetUserPolicyRequest = {
  readonly UserName: string;
  readonly PolicyName: string;
};

export type GetUserPolicyResponse = {
  readonly UserName: string;
  readonly PolicyName: string;
  readonly PolicyDocument: string;
};

export type GetUserRequest = {
  readonly UserName?: string | undefined;
};

export type GetUserResponse = {
  readonly User: User;
};

export type Group = {
  readonly Path: string;
  readonly GroupName: string;
  readonly GroupId: string;
  readonly Arn: string;
  readonly CreateDate: number;
};

export type InstanceProfile = {
  readonly Path: string;
  readonly InstanceProfileName: string;
  readonly InstanceProfileId: string;
  readonly Arn: string;
  readonly CreateDate: number;
};

export type ListAccessKeysRequest = {
  readonly UserName?: string | undefined;
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
};

export type ListAccessKeysResponse = {
  readonly AccessKeyMetadata: readonly AccessKeyMetadata[];
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
};

export type ListAttachedGroupPoliciesRequest = {
  readonly GroupName: string;
  readonly PathPrefix?: string | undefined;
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
};

export type ListAttachedGroupPoliciesResponse = {
  readonly AttachedPolicies?: readonly AttachedPolicy[] | undefined;
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
};

export type ListAttachedRolePoliciesRequest = {
  readonly RoleName: string;
  readonly PathPrefix?: string | undefined;
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
};

export type ListAttachedRolePoliciesResponse = {
  readonly AttachedPolicies?: readonly AttachedPolicy[] | undefined;
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
};

export type ListAttachedUserPoliciesRequest = {
  readonly UserName: string;
  readonly PathPrefix?: string | undefined;
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
};

export type ListAttachedUserPoliciesResponse = {
  readonly AttachedPolicies?: readonly AttachedPolicy[] | undefined;
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
};

export type ListGroupPoliciesRequest = {
  readonly GroupName: string;
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
};

export type ListGroupPoliciesResponse = {
  readonly PolicyNames: readonly string[];
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
};

export type ListGroupsForUserRequest = {
  readonly UserName: string;
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
};

export type ListGroupsForUserResponse = {
  readonly Groups: readonly Group[];
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
};

export type ListGroupsRequest = {
  readonly PathPrefix?: string | undefined;
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
};

export type ListGroupsResponse = {
  readonly Groups: readonly Group[];
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
};

export type ListInstanceProfilesForRoleRequest = {
  readonly RoleName: string;
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
};

export type ListInstanceProfilesForRoleResponse = {
  readonly InstanceProfiles: readonly InstanceProfile[];
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
};

export type ListOpenIDConnectProvidersRequest = Record<never, never>;

export type ListOpenIDConnectProvidersResponse = {
  readonly OpenIDConnectProviderList?: readonly OpenIDConnectProviderListEntry[] | undefined;
};

export type ListPoliciesRequest = {
  readonly Scope?: policyScopeType | undefined;
  readonly OnlyAttached?: boolean | undefined;
  readonly PathPrefix?: string | undefined;
  readonly PolicyUsageFilter?: PolicyUsageType | undefined;
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
};

export type ListPoliciesResponse = {
  readonly Policies?: readonly Policy[] | undefined;
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
};

export type ListPolicyVersionsRequest = {
  readonly PolicyArn: string;
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
};

export type ListPolicyVersionsResponse = {
  readonly Versions?: readonly PolicyVersion[] | undefined;
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
};

export type ListRolePoliciesRequest = {
  readonly RoleName: string;
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
};

export type ListRolePoliciesResponse = {
  readonly PolicyNames: readonly string[];
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
};

export type ListRoleTagsRequest = {
  readonly RoleName: string;
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
};

export type ListRoleTagsResponse = {
  readonly Tags: readonly Tag[];
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
};

export type ListRolesRequest = {
  readonly PathPrefix?: string | undefined;
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
};

export type ListRolesResponse = {
  readonly Roles: readonly Role[];
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
};

export type ListUserPoliciesRequest = {
  readonly UserName: string;
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
};

export type ListUserPoliciesResponse = {
  readonly PolicyNames: readonly string[];
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
};

export type ListUserTagsRequest = {
  readonly UserName: string;
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
};

export type ListUserTagsResponse = {
  readonly Tags: readonly Tag[];
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
};

export type ListUsersRequest = {
  readonly PathPrefix?: string | undefined;
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
};

export type ListUsersResponse = {
  readonly Users: readonly User[];
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
};

export type OpenIDConnectProviderListEntry = {
  readonly Arn?: string | undefined;
};

export type OrganizationsDecisionDetail = {
  readonly AllowedByOrganizations?: boolean | undefined;
};

export type PermissionsBoundaryAttachmentType = 'PermissionsBoundaryPolicy';

export type PermissionsBoundaryDecisionDetail = {
  readonly AllowedByPermissionsBoundary?: boolean | undefined;
};

export type Policy = {
  readonly PolicyName?: string | undefined;
  readonly PolicyId?: string | undefined;
  readonly Arn?: string | undefined;
  readonly Path?: string | undefined;
  readonly DefaultVersionId?: string | undefined;
  readonly AttachmentCount?: number | undefined;
  readonly PermissionsBoundaryUsageCount?: number | undefined;
  readonly IsAttachable?: boolean | undefined;
  readonly Description?: string | undefined;
  readonly CreateDate?: number | undefined;
  readonly UpdateDate?: number | undefined;
  readonly Tags?: readonly Tag[] | undefined;
};

export type PolicyEvaluationDecisionType = 'allowed' | 'explicitDeny' | 'implicitDeny';

export type PolicySourceType = 'user' | 'group' | 'role' | 'aws-managed' | 'user-managed' | 'resource' | 'none';

export type PolicyUsageType = 'PermissionsPolicy' | 'PermissionsBoundary';

export type PolicyVersion = {
  readonly Document?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly IsDefaultVersion?: boolean | undefined;
  readonly CreateDate?: number | undefined;
};

export type Position = {
  readonly Line?: number | undefined;
  readonly Column?: number | undefined;
};

export type PutGroupPolicyRequest = {
  readonly GroupName: string;
  readonly PolicyName: string;
  readonly PolicyDocument: string;
};

export type PutRolePermissionsBoundaryRequest = {
  readonly RoleName: string;
  readonly PermissionsBoundary: string;
};

export type PutRolePolicyRequest = {
  readonly RoleName: string;
  readonly PolicyName: string;
  readonly PolicyDocument: string;
};

export type PutUserPermissionsBoundaryRequest = {
  readonly UserName: string;
  readonly PermissionsBoundary: string;
};

export type PutUserPolicyRequest = {
  readonly UserName: string;
  readonly PolicyName: string;
  readonly PolicyDocument: string;
};

export type RemoveUserFromGroupRequest = {
  readonly GroupName: string;
  readonly UserName: string;
};

export type ResourceSpecificResult = {
  readonly EvalResourceName: string;
  readonly EvalResourceDecision: PolicyEvaluationDecisionType;
  readonly MatchedStatements?: readonly Statement[] | undefined;
  readonly MissingContextValues?: readonly string[] | undefined;
  readonly EvalDecisionDetails?: Readonly<Record<string, PolicyEvaluationDecisionType>> | undefined;
  readonly PermissionsBoundaryDecisionDetail?: PermissionsBoundaryDecisionDetail | undefined;
};

export type Role = {
  readonly Path: string;
  readonly RoleName: string;
  readonly RoleId: string;
  readonly Arn: string;
  readonly CreateDate: number;
  readonly AssumeRolePolicyDocument?: string | undefined;
  readonly Description?: string | undefined;
  readonly MaxSessionDuration?: number | undefined;
  readonly PermissionsBoundary?: AttachedPermissionsBoundary | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly RoleLastUsed?: RoleLastUsed | undefined;
};

export type RoleLastUsed = {
  readonly LastUsedDate?: number | undefined;
  readonly Region?: string | undefined;
};

export type SetDefaultPolicyVersionRequest = {
  readonly PolicyArn: string;
  readonly VersionId: string;
};

export type SimulatePolicyResponse = {
  readonly EvaluationResults?: readonly EvaluationResult[] | undefined;
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
};

export type SimulatePrincipalPolicyRequest = {
  readonly PolicySourceArn: string;
  readonly PolicyInputList?: readonly string[] | undefined;
  readonly PermissionsBoundaryPolicyInputList?: readonly string[] | undefined;
  readonly ActionNames: readonly string[];
  readonly ResourceArns?: readonly string[] | undefined;
  readonly ResourcePolicy?: string | undefined;
  readonly ResourceOwner?: string | undefined;
  readonly CallerArn?: string | undefined;
  readonly ContextEntries?: readonly ContextEntry[] | undefined;
  readonly ResourceHandlingOption?: string | undefined;
  readonly MaxItems?: number | undefined;
  readonly Marker?: string | undefined;
};

export type Statement = {
  readonly SourcePolicyId?: string | undefined;
  readonly SourcePolicyType?: PolicySourceType | undefined;
  readonly StartPosition?: Position | undefined;
  readonly EndPosition?: Position | undefined;
};

export type Tag = {
  readonly Key: string;
  readonly Value: string;
};

export type TagRoleRequest = {
  readonly RoleName: string;
  readonly Tags: readonly Tag[];
};

export type TagUserRequest = {
  readonly UserName: string;
  readonly Tags: readonly Tag[];
};

export type UntagRoleRequest = {
  readonly RoleName: string;
  readonly TagKeys: readonly string[];
};

export type UntagUserRequest = {
  readonly UserName: string;
  readonly TagKeys: readonly string[];
};

export type UpdateAccessKeyRequest = {
  readonly UserName?: string | undefined;
  readonly AccessKeyId: string;
  readonly Status: statusType;
};

export type UpdateAssumeRolePolicyRequest = {
  readonly RoleName: string;
  readonly PolicyDocument: string;
};

export type UpdateRoleRequest = {
  readonly RoleName: string;
  readonly Description?: string | undefined;
  readonly MaxSessionDuration?: number | undefined;
};

export type UpdateRoleResponse = Record<never, never>;

export type UpdateUserRequest = {
  readonly UserName: string;
  readonly NewPath?: string | undefined;
  readonly NewUserName?: string | undefined;
};

export type User = {
  readonly Path: string;
  readonly UserName: string;
  readonly UserId: string;
  readonly Arn: string;
  readonly CreateDate: number;
  readonly PasswordLastUsed?: number | undefined;
  readonly PermissionsBoundary?: AttachedPermissionsBoundary | undefined;
  readonly Tags?: readonly Tag[] | undefined;
};

export type policyScopeType = 'All' | 'AWS' | 'Local';

export type statusType = 'Active' | 'Inactive' | 'Expired';

/** Every operation of the service: what goes in, what comes out, what it may throw. */
export type Operations = {
  readonly CreateUser: {
    readonly input: CreateUserRequest;
    readonly output: CreateUserResponse;
    readonly errors: 'LimitExceededException' | 'EntityAlreadyExistsException' | 'NoSuchEntityException' | 'InvalidInputException' | 'ConcurrentModificationException' | 'ServiceFailureException';
  };
  readonly GetUser: {
    readonly input: GetUserRequest;
    readonly output: GetUserResponse;
    readonly errors: 'NoSuchEntityException' | 'ServiceFailureException';
  };
  readonly ListUsers: {
    readonly input: ListUsersRequest;
    readonly output: ListUsersResponse;
    readonly errors: 'ServiceFailureException';
  };
  readonly DeleteUser: {
    readonly input: DeleteUserRequest;
    readonly output: Record<never, never>;
    readonly errors: 'LimitExceededException' | 'NoSuchEntityException' | 'DeleteConflictException' | 'ConcurrentModificationException' | 'ServiceFailureException';
  };
  readonly UpdateUser: {
    readonly input: UpdateUserRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'LimitExceededException' | 'EntityAlreadyExistsException' | 'EntityTemporarilyUnmodifiableException' | 'ConcurrentModificationException' | 'ServiceFailureException';
  };
  readonly CreateAccessKey: {
    readonly input: CreateAccessKeyRequest;
    readonly output: CreateAccessKeyResponse;
    readonly errors: 'NoSuchEntityException' | 'LimitExceededException' | 'ServiceFailureException';
  };
  readonly ListAccessKeys: {
    readonly input: ListAccessKeysRequest;
    readonly output: ListAccessKeysResponse;
    readonly errors: 'NoSuchEntityException' | 'ServiceFailureException';
  };
  readonly UpdateAccessKey: {
    readonly input: UpdateAccessKeyRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'LimitExceededException' | 'ServiceFailureException' | 'InvalidInputException';
  };
  readonly DeleteAccessKey: {
    readonly input: DeleteAccessKeyRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'LimitExceededException' | 'ServiceFailureException';
  };
  readonly GetAccessKeyLastUsed: {
    readonly input: GetAccessKeyLastUsedRequest;
    readonly output: GetAccessKeyLastUsedResponse;
    readonly errors: never;
  };
  readonly CreateGroup: {
    readonly input: CreateGroupRequest;
    readonly output: CreateGroupResponse;
    readonly errors: 'LimitExceededException' | 'EntityAlreadyExistsException' | 'NoSuchEntityException' | 'ServiceFailureException';
  };
  readonly GetGroup: {
    readonly input: GetGroupRequest;
    readonly output: GetGroupResponse;
    readonly errors: 'NoSuchEntityException' | 'ServiceFailureException';
  };
  readonly ListGroups: {
    readonly input: ListGroupsRequest;
    readonly output: ListGroupsResponse;
    readonly errors: 'ServiceFailureException';
  };
  readonly DeleteGroup: {
    readonly input: DeleteGroupRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'DeleteConflictException' | 'LimitExceededException' | 'ServiceFailureException';
  };
  readonly AddUserToGroup: {
    readonly input: AddUserToGroupRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'LimitExceededException' | 'ServiceFailureException';
  };
  readonly RemoveUserFromGroup: {
    readonly input: RemoveUserFromGroupRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'LimitExceededException' | 'ServiceFailureException';
  };
  readonly ListGroupsForUser: {
    readonly input: ListGroupsForUserRequest;
    readonly output: ListGroupsForUserResponse;
    readonly errors: 'NoSuchEntityException' | 'ServiceFailureException';
  };
  readonly PutUserPolicy: {
    readonly input: PutUserPolicyRequest;
    readonly output: Record<never, never>;
    readonly errors: 'LimitExceededException' | 'MalformedPolicyDocumentException' | 'NoSuchEntityException' | 'ServiceFailureException';
  };
  readonly GetUserPolicy: {
    readonly input: GetUserPolicyRequest;
    readonly output: GetUserPolicyResponse;
    readonly errors: 'NoSuchEntityException' | 'ServiceFailureException';
  };
  readonly ListUserPolicies: {
    readonly input: ListUserPoliciesRequest;
    readonly output: ListUserPoliciesResponse;
    readonly errors: 'NoSuchEntityException' | 'ServiceFailureException';
  };
  readonly DeleteUserPolicy: {
    readonly input: DeleteUserPolicyRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'LimitExceededException' | 'ServiceFailureException';
  };
  readonly PutGroupPolicy: {
    readonly input: PutGroupPolicyRequest;
    readonly output: Record<never, never>;
    readonly errors: 'LimitExceededException' | 'MalformedPolicyDocumentException' | 'NoSuchEntityException' | 'ServiceFailureException';
  };
  readonly GetGroupPolicy: {
    readonly input: GetGroupPolicyRequest;
    readonly output: GetGroupPolicyResponse;
    readonly errors: 'NoSuchEntityException' | 'ServiceFailureException';
  };
  readonly ListGroupPolicies: {
    readonly input: ListGroupPoliciesRequest;
    readonly output: ListGroupPoliciesResponse;
    readonly errors: 'NoSuchEntityException' | 'ServiceFailureException';
  };
  readonly DeleteGroupPolicy: {
    readonly input: DeleteGroupPolicyRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'LimitExceededException' | 'ServiceFailureException';
  };
  readonly PutRolePolicy: {
    readonly input: PutRolePolicyRequest;
    readonly output: Record<never, never>;
    readonly errors: 'LimitExceededException' | 'MalformedPolicyDocumentException' | 'NoSuchEntityException' | 'UnmodifiableEntityException' | 'ServiceFailureException';
  };
  readonly GetRolePolicy: {
    readonly input: GetRolePolicyRequest;
    readonly output: GetRolePolicyResponse;
    readonly errors: 'NoSuchEntityException' | 'ServiceFailureException';
  };
  readonly ListRolePolicies: {
    readonly input: ListRolePoliciesRequest;
    readonly output: ListRolePoliciesResponse;
    readonly errors: 'NoSuchEntityException' | 'ServiceFailureException';
  };
  readonly ListInstanceProfilesForRole: {
    readonly input: ListInstanceProfilesForRoleRequest;
    readonly output: ListInstanceProfilesForRoleResponse;
    readonly errors: 'NoSuchEntityException' | 'ServiceFailureException';
  };
  readonly DeleteRolePolicy: {
    readonly input: DeleteRolePolicyRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'LimitExceededException' | 'UnmodifiableEntityException' | 'ServiceFailureException';
  };
  readonly CreateRole: {
    readonly input: CreateRoleRequest;
    readonly output: CreateRoleResponse;
    readonly errors: 'LimitExceededException' | 'InvalidInputException' | 'EntityAlreadyExistsException' | 'MalformedPolicyDocumentException' | 'ConcurrentModificationException' | 'ServiceFailureException';
  };
  readonly GetRole: {
    readonly input: GetRoleRequest;
    readonly output: GetRoleResponse;
    readonly errors: 'NoSuchEntityException' | 'ServiceFailureException';
  };
  readonly ListRoles: {
    readonly input: ListRolesRequest;
    readonly output: ListRolesResponse;
    readonly errors: 'ServiceFailureException';
  };
  readonly DeleteRole: {
    readonly input: DeleteRoleRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'DeleteConflictException' | 'LimitExceededException' | 'UnmodifiableEntityException' | 'ConcurrentModificationException' | 'ServiceFailureException';
  };
  readonly UpdateRole: {
    readonly input: UpdateRoleRequest;
    readonly output: UpdateRoleResponse;
    readonly errors: 'UnmodifiableEntityException' | 'NoSuchEntityException' | 'ServiceFailureException';
  };
  readonly UpdateAssumeRolePolicy: {
    readonly input: UpdateAssumeRolePolicyRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'MalformedPolicyDocumentException' | 'LimitExceededException' | 'UnmodifiableEntityException' | 'ServiceFailureException';
  };
  readonly CreatePolicy: {
    readonly input: CreatePolicyRequest;
    readonly output: CreatePolicyResponse;
    readonly errors: 'InvalidInputException' | 'LimitExceededException' | 'EntityAlreadyExistsException' | 'MalformedPolicyDocumentException' | 'ConcurrentModificationException' | 'ServiceFailureException';
  };
  readonly GetPolicy: {
    readonly input: GetPolicyRequest;
    readonly output: GetPolicyResponse;
    readonly errors: 'NoSuchEntityException' | 'InvalidInputException' | 'ServiceFailureException';
  };
  readonly ListPolicies: {
    readonly input: ListPoliciesRequest;
    readonly output: ListPoliciesResponse;
    readonly errors: 'ServiceFailureException';
  };
  readonly DeletePolicy: {
    readonly input: DeletePolicyRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'LimitExceededException' | 'InvalidInputException' | 'DeleteConflictException' | 'ServiceFailureException';
  };
  readonly CreatePolicyVersion: {
    readonly input: CreatePolicyVersionRequest;
    readonly output: CreatePolicyVersionResponse;
    readonly errors: 'NoSuchEntityException' | 'MalformedPolicyDocumentException' | 'InvalidInputException' | 'LimitExceededException' | 'ServiceFailureException';
  };
  readonly GetPolicyVersion: {
    readonly input: GetPolicyVersionRequest;
    readonly output: GetPolicyVersionResponse;
    readonly errors: 'NoSuchEntityException' | 'InvalidInputException' | 'ServiceFailureException';
  };
  readonly ListPolicyVersions: {
    readonly input: ListPolicyVersionsRequest;
    readonly output: ListPolicyVersionsResponse;
    readonly errors: 'NoSuchEntityException' | 'InvalidInputException' | 'ServiceFailureException';
  };
  readonly DeletePolicyVersion: {
    readonly input: DeletePolicyVersionRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'LimitExceededException' | 'InvalidInputException' | 'DeleteConflictException' | 'ServiceFailureException';
  };
  readonly SetDefaultPolicyVersion: {
    readonly input: SetDefaultPolicyVersionRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'InvalidInputException' | 'LimitExceededException' | 'ServiceFailureException';
  };
  readonly AttachUserPolicy: {
    readonly input: AttachUserPolicyRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'LimitExceededException' | 'InvalidInputException' | 'PolicyNotAttachableException' | 'ServiceFailureException';
  };
  readonly DetachUserPolicy: {
    readonly input: DetachUserPolicyRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'LimitExceededException' | 'InvalidInputException' | 'ServiceFailureException';
  };
  readonly ListAttachedUserPolicies: {
    readonly input: ListAttachedUserPoliciesRequest;
    readonly output: ListAttachedUserPoliciesResponse;
    readonly errors: 'NoSuchEntityException' | 'InvalidInputException' | 'ServiceFailureException';
  };
  readonly AttachGroupPolicy: {
    readonly input: AttachGroupPolicyRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'LimitExceededException' | 'InvalidInputException' | 'PolicyNotAttachableException' | 'ServiceFailureException';
  };
  readonly DetachGroupPolicy: {
    readonly input: DetachGroupPolicyRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'LimitExceededException' | 'InvalidInputException' | 'ServiceFailureException';
  };
  readonly ListAttachedGroupPolicies: {
    readonly input: ListAttachedGroupPoliciesRequest;
    readonly output: ListAttachedGroupPoliciesResponse;
    readonly errors: 'NoSuchEntityException' | 'InvalidInputException' | 'ServiceFailureException';
  };
  readonly AttachRolePolicy: {
    readonly input: AttachRolePolicyRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'LimitExceededException' | 'InvalidInputException' | 'UnmodifiableEntityException' | 'PolicyNotAttachableException' | 'ServiceFailureException';
  };
  readonly DetachRolePolicy: {
    readonly input: DetachRolePolicyRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'LimitExceededException' | 'InvalidInputException' | 'UnmodifiableEntityException' | 'ServiceFailureException';
  };
  readonly ListAttachedRolePolicies: {
    readonly input: ListAttachedRolePoliciesRequest;
    readonly output: ListAttachedRolePoliciesResponse;
    readonly errors: 'NoSuchEntityException' | 'InvalidInputException' | 'ServiceFailureException';
  };
  readonly PutUserPermissionsBoundary: {
    readonly input: PutUserPermissionsBoundaryRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'InvalidInputException' | 'PolicyNotAttachableException' | 'ServiceFailureException';
  };
  readonly DeleteUserPermissionsBoundary: {
    readonly input: DeleteUserPermissionsBoundaryRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'ServiceFailureException';
  };
  readonly PutRolePermissionsBoundary: {
    readonly input: PutRolePermissionsBoundaryRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'InvalidInputException' | 'UnmodifiableEntityException' | 'PolicyNotAttachableException' | 'ServiceFailureException';
  };
  readonly DeleteRolePermissionsBoundary: {
    readonly input: DeleteRolePermissionsBoundaryRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'UnmodifiableEntityException' | 'ServiceFailureException';
  };
  readonly CreateOpenIDConnectProvider: {
    readonly input: CreateOpenIDConnectProviderRequest;
    readonly output: CreateOpenIDConnectProviderResponse;
    readonly errors: 'InvalidInputException' | 'EntityAlreadyExistsException' | 'LimitExceededException' | 'ConcurrentModificationException' | 'ServiceFailureException' | 'OpenIdIdpCommunicationErrorException';
  };
  readonly GetOpenIDConnectProvider: {
    readonly input: GetOpenIDConnectProviderRequest;
    readonly output: GetOpenIDConnectProviderResponse;
    readonly errors: 'InvalidInputException' | 'NoSuchEntityException' | 'ServiceFailureException';
  };
  readonly ListOpenIDConnectProviders: {
    readonly input: ListOpenIDConnectProvidersRequest;
    readonly output: ListOpenIDConnectProvidersResponse;
    readonly errors: 'ServiceFailureException';
  };
  readonly DeleteOpenIDConnectProvider: {
    readonly input: DeleteOpenIDConnectProviderRequest;
    readonly output: Record<never, never>;
    readonly errors: 'InvalidInputException' | 'NoSuchEntityException' | 'ServiceFailureException';
  };
  readonly TagUser: {
    readonly input: TagUserRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'LimitExceededException' | 'InvalidInputException' | 'ConcurrentModificationException' | 'ServiceFailureException';
  };
  readonly UntagUser: {
    readonly input: UntagUserRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'ConcurrentModificationException' | 'ServiceFailureException';
  };
  readonly ListUserTags: {
    readonly input: ListUserTagsRequest;
    readonly output: ListUserTagsResponse;
    readonly errors: 'NoSuchEntityException' | 'ServiceFailureException';
  };
  readonly TagRole: {
    readonly input: TagRoleRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'LimitExceededException' | 'InvalidInputException' | 'ConcurrentModificationException' | 'ServiceFailureException';
  };
  readonly UntagRole: {
    readonly input: UntagRoleRequest;
    readonly output: Record<never, never>;
    readonly errors: 'NoSuchEntityException' | 'ConcurrentModificationException' | 'ServiceFailureException';
  };
  readonly ListRoleTags: {
    readonly input: ListRoleTagsRequest;
    readonly output: ListRoleTagsResponse;
    readonly errors: 'NoSuchEntityException' | 'ServiceFailureException';
  };
  readonly SimulatePrincipalPolicy: {
    readonly input: SimulatePrincipalPolicyRequest;
    readonly output: SimulatePolicyResponse;
    readonly errors: 'NoSuchEntityException' | 'InvalidInputException' | 'PolicyEvaluationException';
  };
};
