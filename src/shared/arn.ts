// Amazon Resource Names that the product mints. The partition is `aws`: ECR's model refuses any other in
// a signing profile's ARN.

/** One registry: an account (12 digits) in a region. State never leaks between registries. */
export interface RegistryKey {
  readonly accountId: string;
  readonly region: string;
}

export function repositoryArn(registry: RegistryKey, repositoryName: string): string {
  return `arn:aws:ecr:${registry.region}:${registry.accountId}:repository/${repositoryName}`;
}

/** Ours: AWS has no name for a registry. Its policy is kept under it. */
export function registryArn(registry: RegistryKey): string {
  return `arn:aws:ecr:${registry.region}:${registry.accountId}:registry`;
}

/** Signer's resource part begins with a slash: `…:<account>:/signing-profiles/<name>`. */
export function signingProfileArn(owner: RegistryKey, profileName: string): string {
  return `arn:aws:signer:${owner.region}:${owner.accountId}:/signing-profiles/${profileName}`;
}

export function signingProfileVersionArn(owner: RegistryKey, profileName: string, version: string): string {
  return `${signingProfileArn(owner, profileName)}/${version}`;
}

export function signingJobArn(owner: RegistryKey, jobId: string): string {
  return `arn:aws:signer:${owner.region}:${owner.accountId}:/signing-jobs/${jobId}`;
}

export function rootPrincipalArn(accountId: string): string {
  return `arn:aws:iam::${accountId}:root`;
}

/** The parts of an ARN, or undefined when `text` is none. `resource` keeps its own colons and slashes. */
export function parseArn(
  text: string,
): { partition: string; service: string; region: string; accountId: string; resource: string } | undefined {
  if (text.length > 2048 || !text.startsWith('arn:')) return undefined;
  const atService = text.indexOf(':', 4) + 1;
  const atRegion = text.indexOf(':', atService) + 1;
  const atAccount = text.indexOf(':', atRegion) + 1;
  const atResource = text.indexOf(':', atAccount) + 1;
  if (atService === 0 || atRegion === 0 || atAccount === 0 || atResource === 0) return undefined;
  const partition = text.slice(4, atService - 1);
  const service = text.slice(atService, atRegion - 1);
  const resource = text.slice(atResource);
  if (partition === '' || service === '' || /^:*$/.test(resource)) return undefined;
  const region = text.slice(atRegion, atAccount - 1);
  return { partition, service, region, accountId: text.slice(atAccount, atResource - 1), resource };
}

/** The account in an ARN; empty for one that has none, and for what is no ARN. */
export function accountOf(arn: string): string {
  let start = 0;
  for (let field = 0; field < 4; field += 1) {
    start = arn.indexOf(':', start) + 1;
    if (start === 0) return '';
  }
  const end = arn.indexOf(':', start);
  return end === -1 ? '' : arn.slice(start, end);
}

/** An IAM entity with a path (begins and ends with a slash). */
export function iamArn(
  accountId: string,
  kind: 'user' | 'group' | 'role' | 'policy',
  path: string,
  name: string,
): string {
  return `arn:aws:iam::${accountId}:${kind}${path}${name}`;
}

/** A session of a role; the role's path is not part of it. */
export function assumedRoleArn(accountId: string, roleName: string, sessionName: string): string {
  return `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`;
}

/** `provider`: the issuer without its scheme. */
export function oidcProviderArn(accountId: string, provider: string): string {
  return `arn:aws:iam::${accountId}:oidc-provider/${provider}`;
}
