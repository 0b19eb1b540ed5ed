// From the end of a signing job to its record: what was signed, under which certificate, for whom, or why not.
import { randomUUID } from 'node:crypto';
import {
  parseArn,
  type RegistryKey,
  signingJobArn,
  signingProfileArn,
  signingProfileVersionArn,
} from '../../shared/arn.ts';
import { printable } from './call-event.ts';
import { type AuditRecord, recordOf, type UserIdentity } from './types.ts';

const MAX_MESSAGE = 1024;

export interface SigningJobEnd {
  /** Empty when no job was made: the plan refused. */
  readonly jobId: string;
  /** The profile's account and region. */
  readonly owner: RegistryKey;
  readonly profileName: string;
  /** Empty when the profile does not exist. */
  readonly profileVersion: string;
  /** ARN of who pushed or called. */
  readonly requestedBy: string;
  readonly target:
    | {
        readonly kind: 'image';
        /** undefined when the repository is gone. */
        readonly repositoryArn: string | undefined;
        readonly digest: string;
      }
    | { readonly kind: 'payload' };
  readonly attempts: number;
  readonly outcome:
    | {
        readonly kind: 'signed';
        /** Lower-case hex. */
        readonly certificateSerial: string;
        /** Of what was signed, as the signature names it. */
        readonly signedDigest: string;
        /** Digest of the signature's manifest, for images. */
        readonly signatureDigest?: string | undefined;
        /** Epoch ms. */
        readonly signatureExpiresAt: number;
      }
    | { readonly kind: 'failed'; readonly code: string; readonly reason: string };
}

/** `now`: epoch ms. */
export function signingEvent(end: SigningJobEnd, now: number): AuditRecord {
  const { owner, outcome, target } = end;
  const image = target.kind === 'image' ? target : undefined;
  const resources = [
    { ARN: signingProfileArn(owner, end.profileName), accountId: owner.accountId },
    ...(image?.repositoryArn === undefined
      ? []
      : [
          {
            ARN: image.repositoryArn,
            accountId: parseArn(image.repositoryArn)?.accountId ?? owner.accountId,
          },
        ]),
  ];
  return recordOf({
    eventVersion: '1.11',
    userIdentity: {
      ...identityOfArn(end.requestedBy),
      invokedBy: `${image ? 'ecr' : 'signer'}.amazonaws.com`,
    },
    eventTime: new Date(now).toISOString(),
    eventSource: 'signer.amazonaws.com',
    eventName: image === undefined ? 'SignPayload' : 'SignImage',
    awsRegion: owner.region,
    sourceIPAddress: `${image ? 'ecr' : 'signer'}.amazonaws.com`,
    ...(outcome.kind === 'failed'
      ? { errorCode: outcome.code, errorMessage: printable(outcome.reason, MAX_MESSAGE) }
      : {}),
    requestParameters: null,
    responseElements: null,
    serviceEventDetails: {
      ...(end.jobId === '' ? {} : { jobArn: signingJobArn(owner, end.jobId) }),
      ...(end.profileVersion === ''
        ? {}
        : { profileVersionArn: signingProfileVersionArn(owner, end.profileName, end.profileVersion) }),
      ...(image === undefined ? {} : { imageDigest: image.digest }),
      attempts: end.attempts,
      ...(outcome.kind === 'signed' ? signedDetails(outcome) : {}),
    },
    eventID: randomUUID(),
    readOnly: false,
    resources,
    eventType: 'AwsServiceEvent',
    managementEvent: true,
    recipientAccountId: owner.accountId,
    eventCategory: 'Management',
  });
}

function signedDetails(
  outcome: Extract<SigningJobEnd['outcome'], { kind: 'signed' }>,
): Readonly<Record<string, string>> {
  return {
    signedDigest: outcome.signedDigest,
    certificateSerial: outcome.certificateSerial,
    ...(outcome.signatureDigest === undefined ? {} : { signatureDigest: outcome.signatureDigest }),
    signatureExpiresAt: new Date(outcome.signatureExpiresAt).toISOString(),
  };
}

/** A job keeps the ARN of who asked; the access key is in the record of the push or the call. */
function identityOfArn(arn: string): UserIdentity {
  const parsed = parseArn(arn);
  if (parsed === undefined) return { type: 'Unknown' };
  const { accountId, resource } = parsed;
  if (resource === 'root') return { type: 'Root', arn, accountId };
  if (resource.startsWith('user/')) return { type: 'IAMUser', arn, accountId };
  if (resource.startsWith('assumed-role/')) return { type: 'AssumedRole', arn, accountId };
  return { type: 'AWSAccount', arn, accountId };
}
