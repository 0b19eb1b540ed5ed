// Reads a profile's ARN, as a rule or a tag call names it: without a version.
import { parseArn, type RegistryKey } from '../../shared/arn.ts';

export interface ProfileName {
  readonly owner: RegistryKey;
  readonly name: string;
}

const RESOURCE = /^\/signing-profiles\/([a-zA-Z0-9_]{2,64})$/;

/** undefined when `arn` is not the ARN of a signing profile in the partition `aws`. */
export function parseProfileArn(arn: string): ProfileName | undefined {
  const parts = parseArn(arn);
  if (parts === undefined || parts.partition !== 'aws' || parts.service !== 'signer') return undefined;
  const name = RESOURCE.exec(parts.resource)?.[1];
  if (name === undefined || !/^[0-9]{12}$/.test(parts.accountId)) return undefined;
  return { owner: { accountId: parts.accountId, region: parts.region }, name };
}
