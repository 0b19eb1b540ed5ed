// What the Signer API's calls are about, for authorization.
import { parseArn, type RegistryKey } from '../../shared/arn.ts';

/** The registry whose profile is meant: another account's when the call says so. */
export function profileOwner(
  input: { readonly profileOwner?: string | undefined },
  account: RegistryKey,
): RegistryKey {
  return { region: account.region, accountId: input.profileOwner ?? account.accountId };
}

/** The same of a job. */
export function jobOwner(
  input: { readonly jobOwner?: string | undefined },
  account: RegistryKey,
): RegistryKey {
  return profileOwner({ profileOwner: input.jobOwner }, account);
}

/** A text that is no ARN is about nothing: the operation refuses it with a better reason than a denial. */
export function taggedResource(resourceArn: string): string {
  return parseArn(resourceArn) === undefined ? '*' : resourceArn;
}
