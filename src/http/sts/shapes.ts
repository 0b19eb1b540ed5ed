// Temporary credentials as STS writes them.
import type { IssuedSession, RoleSession } from '../../domain/access/index.ts';
import type * as wire from './generated/types.ts';

export function credentialsShape({ credentials }: IssuedSession): wire.Credentials {
  return {
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    SessionToken: credentials.sessionToken,
    Expiration: credentials.expiresAt,
  };
}

export function assumedRoleShape(session: RoleSession): wire.AssumeRoleResponse {
  return {
    Credentials: credentialsShape(session),
    AssumedRoleUser: { AssumedRoleId: session.assumedRoleId, Arn: session.arn },
    ...(session.packedPolicySize === undefined ? {} : { PackedPolicySize: session.packedPolicySize }),
  };
}
