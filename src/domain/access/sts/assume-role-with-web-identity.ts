// A token of a configured identity provider instead of a key: e.g. a CI job becomes a role. The token's issuer must
// be one that the role's account has configured; nobody else's keys are ever fetched.
import { hash } from 'node:crypto';
import { oidcProviderArn } from '../../../shared/arn.ts';
import { DomainError } from '../../errors.ts';
import type { RequestFacts } from '../caller.ts';
import type { IdentityTokens, OidcProviders } from '../ports.ts';
import {
  type AssumeRoleDeps,
  type Decided,
  decideTrust,
  findRole,
  issueRoleSession,
  parseRoleArn,
  type RoleSession,
} from './assume-role.ts';
import { type AskedLimits, refuseUnsupported } from './session-limits.ts';

export interface WebIdentitySession extends Omit<RoleSession, 'sourceIdentity'> {
  readonly subject: string;
  readonly audience: string;
  readonly providerArn: string;
}

export interface AssumeRoleWithWebIdentity extends AskedLimits {
  readonly request: RequestFacts;
  readonly roleArn: string;
  readonly sessionName: string;
  /** Told of each decision of the trust policy. */
  readonly decided: Decided;
  readonly token: string;
  readonly unsupported: Readonly<Record<string, unknown>>;
}

export interface WebIdentityDeps extends AssumeRoleDeps {
  readonly oidcProviders: OidcProviders;
  readonly identityTokens: IdentityTokens;
}

/** An issuer that an error may say again. */
const PRINTABLE = /^[!-~]+$/;

/**
 * Throws InvalidIdentityToken, ExpiredIdentityToken, RejectedIdentityToken, IdentityProviderUnreachable, AccessDenied
 * and what AssumeRole throws.
 */
export async function assumeRoleWithWebIdentity(
  deps: WebIdentityDeps,
  asked: AssumeRoleWithWebIdentity,
): Promise<WebIdentitySession> {
  refuseUnsupported(asked.unsupported);
  const { accountId } = parseRoleArn(asked.roleArn);
  const token = deps.identityTokens.read(asked.token);
  const provider = await deps.oidcProviders.find(deps.storage.reader, accountId, nameOf(token.issuer));
  if (provider === undefined || !sameIssuer(provider.issuer, token.issuer))
    throw new DomainError(
      'InvalidIdentityToken',
      `No OpenIDConnect provider found in your account for ${PRINTABLE.test(token.issuer) ? token.issuer : 'the issuer of this token'}`,
      {},
    );
  await deps.identityTokens.verify(token, provider);
  const { subject, audiences, authorizedParty } = token;
  // `azp` names whom the token was issued to; where it is, IAM takes it for the audience.
  const offered = authorizedParty === undefined ? audiences : [authorizedParty];
  const audience = offered.find((one) => provider.clientIds.includes(one));
  if (audience === undefined) throw new DomainError('InvalidIdentityToken', 'Incorrect token audience', {});
  // Not before: who has no good token learns nothing of roles, nor how long it takes to find one.
  const role = await findRole(deps, asked.roleArn);
  const providerArn = oidcProviderArn(provider.accountId, provider.name);
  const claims = {
    [`${provider.name}:sub`]: subject,
    [`${provider.name}:aud`]: audience,
    'aws:FederatedProvider': providerArn,
  };
  decideTrust(deps, {
    role,
    roleArn: asked.roleArn,
    caller: {
      kind: 'federated',
      accountId,
      arn: providerArn,
      userId: subject,
      session: claims,
    },
    policies: { identity: [] },
    actions: ['sts:AssumeRoleWithWebIdentity'],
    decided: asked.decided,
    request: asked.request,
    keys: { 'sts:rolesessionname': asked.sessionName },
  });
  const issued = await issueRoleSession(deps, {
    role,
    sessionName: asked.sessionName,
    asked,
    session: { tags: {}, transitiveTagKeys: [] },
    context: claims,
    chained: false,
    // A provider may know many: each counts for itself.
    requester: `oidc:${hash('sha256', `${providerArn}\n${subject}`, 'hex')}`,
  });
  return { ...issued, subject, audience, providerArn };
}

/** An issuer without its scheme. */
function nameOf(issuer: string): string {
  return issuer.replace(/^https?:\/\//, '').replace(/\/$/, '');
}

function sameIssuer(configured: string, claimed: string): boolean {
  return claimed.replace(/\/$/, '') === configured;
}
