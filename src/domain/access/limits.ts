// IAM's quotas, at their default values where AWS lets one raise them.
// Source: IAM User Guide, "IAM and AWS STS quotas".

export const LIMITS = {
  users: 5000,
  groups: 300,
  roles: 1000,
  policies: 1500,
  oidcProviders: 100,
  accessKeys: 2,
  groupsOfUser: 10,
  attachedPolicies: 10,
  policyVersions: 5,
  tags: 50,
  clientIds: 100,
  thumbprints: 5,
  /** Characters of a managed policy, white space not counted. */
  policyDocument: 6144,
  trustPolicy: 2048,
  /** Characters of all policies in one identity, white space not counted. */
  inlinePolicies: { user: 2048, group: 5120, role: 10_240 },
  /** Ours: sessions that are alive at a time in an account. */
  sessions: 100_000,
  /** Ours: the same, of one who asks for them. */
  sessionsOfRequester: 10_000,
  /** Ours: accounts of a server. */
  accounts: 1000,
} as const;

/** A document's size as IAM counts it. */
export function policySize(document: string): number {
  return document.replaceAll(/\s/g, '').length;
}
