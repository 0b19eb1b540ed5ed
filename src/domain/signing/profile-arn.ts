// Reads ARNs of AWS Signer, in the partition `aws`.
import { parseArn, type RegistryKey } from '../../shared/arn.ts';

export interface ProfileName {
  readonly owner: RegistryKey;
  readonly name: string;
}

const RESOURCE = /^\/signing-profiles\/([a-zA-Z0-9_]{2,64})$/;

/** A profile, as a rule or a tag call names it: without a version. undefined for any other ARN. */
export function parseProfileArn(arn: string): ProfileName | undefined {
  const found = signerArn(arn, RESOURCE);
  const [name] = found?.parts ?? [];
  return found === undefined || name === undefined ? undefined : { owner: found.owner, name };
}

/** Whose it is, and what `pattern` finds in the ARN's last field; undefined when it does not match. */
export function signerArn(
  arn: string,
  pattern: RegExp,
): { readonly owner: RegistryKey; readonly parts: readonly string[] } | undefined {
  const parsed = parseArn(arn);
  if (parsed === undefined || parsed.partition !== 'aws' || parsed.service !== 'signer') return undefined;
  const { accountId, region, resource } = parsed;
  const found = pattern.exec(resource);
  if (found === null || !/^[0-9]{12}$/.test(accountId)) return undefined;
  return { owner: { accountId, region }, parts: found.slice(1) };
}
