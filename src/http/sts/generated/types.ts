// Made by scripts/generate-api.ts from api/sts.json. Do not edit.

export type AssumeRoleRequest = {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
  readonly PolicyArns?: readonly PolicyDescriptorType[] | undefined;
  readonly Policy?: string | undefined;
  readonly DurationSeconds?: number | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly TransitiveTagKeys?: readonly string[] | undefined;
  readonly ExternalId?: string | undefined;
  readonly SerialNumber?: string | undefined;
  readonly TokenCode?: string | undefined;
  readonly SourceIdentity?: string | undefined;
  readonly ProvidedContexts?: readonly ProvidedContext[] | undefined;
};

export type AssumeRoleResponse = {
  readonly Credentials?: Credentials | undefined;
  readonly AssumedRoleUser?: AssumedRoleUser | undefined;
  readonly PackedPolicySize?: number | undefined;
  readonly SourceIdentity?: string | undefined;
};

export type AssumeRoleWithWebIdentityRequest = {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
  readonly WebIdentityToken: string;
  readonly ProviderId?: string | undefined;
  readonly PolicyArns?: readonly PolicyDescriptorType[] | undefined;
  readonly Policy?: string | undefined;
  readonly DurationSeconds?: number | undefined;
};

export type AssumeRoleWithWebIdentityResponse = {
  readonly Credentials?: Credentials | undefined;
  readonly SubjectFromWebIdentityToken?: string | undefined;
  readonly AssumedRoleUser?: AssumedRoleUser | undefined;
  readonly PackedPolicySize?: number | undefined;
  readonly Provider?: string | undefined;
  readonly Audience?: string | undefined;
  readonly SourceIdentity?: string | undefined;
};

export type AssumedRoleUser = {
  readonly AssumedRoleId: string;
  readonly Arn: string;
};

export type Credentials = {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  readonly Expiration: number;
};

export type GetCallerIdentityRequest = Record<never, never>;

export type GetCallerIdentityResponse = {
  readonly UserId?: string | undefined;
  readonly Account?: string | undefined;
  readonly Arn?: string | undefined;
};

export type GetSessionTokenRequest = {
  readonly DurationSeconds?: number | undefined;
  readonly SerialNumber?: string | undefined;
  readonly TokenCode?: string | undefined;
};

export type GetSessionTokenResponse = {
  readonly Credentials?: Credentials | undefined;
};

export type PolicyDescriptorType = {
  readonly arn?: string | undefined;
};

export type ProvidedContext = {
  readonly ProviderArn?: string | undefined;
  readonly ContextAssertion?: string | undefined;
};

export type Tag = {
  readonly Key: string;
  readonly Value: string;
};

/** Every operation of the service: what goes in, what comes out, what it may throw. */
export type Operations = {
  readonly AssumeRole: {
    readonly input: AssumeRoleRequest;
    readonly output: AssumeRoleResponse;
    readonly errors: 'MalformedPolicyDocumentException' | 'PackedPolicyTooLargeException' | 'RegionDisabledException' | 'ExpiredTokenException';
  };
  readonly AssumeRoleWithWebIdentity: {
    readonly input: AssumeRoleWithWebIdentityRequest;
    readonly output: AssumeRoleWithWebIdentityResponse;
    readonly errors: 'MalformedPolicyDocumentException' | 'PackedPolicyTooLargeException' | 'IDPRejectedClaimException' | 'IDPCommunicationErrorException' | 'InvalidIdentityTokenException' | 'ExpiredTokenException' | 'RegionDisabledException';
  };
  readonly GetCallerIdentity: {
    readonly input: GetCallerIdentityRequest;
    readonly output: GetCallerIdentityResponse;
    readonly errors: never;
  };
  readonly GetSessionToken: {
    readonly input: GetSessionTokenRequest;
    readonly output: GetSessionTokenResponse;
    readonly errors: 'RegionDisabledException';
  };
};
