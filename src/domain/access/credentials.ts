// From an access key's id to its secret and to whom it belongs: asked with every request, answered from memory.
// A key that is disabled or gone, and a session whose owner or key is, are answered by nothing from the next
// request on.

import { assumedRoleArn, iamArn } from '../../shared/arn.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Reader, Storage } from '../storage.ts';
import type { AccessCaches } from './caches.ts';
import type { AccessKeys, Identities, SecretBox, Sessions } from './ports.ts';
import { type Principal, rootPrincipal, rootTokenPurpose } from './principal.ts';
import type { SealedClaims } from './sealed-claims.ts';
import type { Identity, Role, SessionRecord } from './types.ts';

/** Credentials as a signature check needs them. */
export interface Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly principal: Principal;
  /** The key is only good together with it. */
  readonly sessionToken?: string;
  /** The same under master keys that were in use before: what a client got before a change stays good. */
  readonly formerSessionTokens?: () => readonly string[];
  /** Epoch ms. */
  readonly expiresAt?: number;
}

export interface Credentials {
  /** Also those whose time is over, so that the caller can say so; nothing when they never were or are no more. */
  find(accessKeyId: string): Promise<Credential | undefined>;
  /** Who the key stands for now. */
  findPrincipal(accessKeyId: string): Promise<Principal | undefined>;
  /** What goes with a session's key, as a client gets and sends it. */
  sessionToken(session: Pick<SessionRecord, 'id' | 'expiresAt' | 'sourceKeyId'>): string;
}

/** Opened secrets in memory. */
const MAX_KEPT = 4096;
const TOKEN_PURPOSE = 'session';

export function makeCredentials(deps: {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly caches: AccessCaches;
  readonly accessKeys: AccessKeys;
  readonly identities: Identities;
  readonly sessions: Sessions;
  readonly secrets: SecretBox;
  readonly claims: SealedClaims;
  /** The key pair of the configured account's root: it lives in the configuration, not in the store. */
  readonly configuredRoot: {
    readonly accountId: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
}): Credentials {
  const { clock, accessKeys, identities, sessions, secrets, configuredRoot } = deps;
  const { reader } = deps.storage;
  const kept = deps.caches.make<Credential>(MAX_KEPT);
  const configured: Credential = {
    accessKeyId: configuredRoot.accessKeyId,
    secretAccessKey: configuredRoot.secretAccessKey,
    principal: {
      ...rootPrincipal(configuredRoot.accountId, configuredRoot.accessKeyId),
      configured: true,
    },
  };
  const rootPurpose = rootTokenPurpose(TOKEN_PURPOSE, configuredRoot.secretAccessKey);
  const purposeOf = ({ sourceKeyId }: Pick<SessionRecord, 'sourceKeyId'>) =>
    sourceKeyId === configured.accessKeyId ? rootPurpose : TOKEN_PURPOSE;

  const tokenClaims = ({ id, expiresAt }: { readonly id: string; readonly expiresAt: number }) => ({
    key: id,
    expires: expiresAt,
  });
  const sessionToken: Credentials['sessionToken'] = (session) =>
    deps.claims.seal(purposeOf(session), tokenClaims(session));

  /** The owner of a long-term key, when the key may be used. */
  async function longTerm(on: Reader, keyId: string) {
    if (keyId === configured.accessKeyId) return configured;
    const key = await accessKeys.find(on, keyId);
    if (key === undefined || key.status !== 'Active') return undefined;
    const principal =
      key.ownerId === key.accountId
        ? rootPrincipal(key.accountId, key.id)
        : userPrincipal(await identities.findById(on, key.ownerId), key.id);
    if (principal === undefined) return undefined;
    return { accessKeyId: key.id, secretAccessKey: secrets.open(key.id, key.sealedSecret), principal };
  }

  async function ownerOfSession(on: Reader, session: SessionRecord): Promise<Principal | undefined> {
    const lifetime = {
      tokenIssuedAt: session.issuedAt,
      expiresAt: session.expiresAt,
      multiFactorAuthPresent: false,
    } as const;
    if (session.sourceKeyId !== undefined) {
      const source = await longTerm(on, session.sourceKeyId);
      return source && { ...source.principal, accessKeyId: session.id, ...lifetime };
    }
    const role = await identities.findById(on, session.ownerId);
    return role?.kind === 'role' ? rolePrincipal(role, session) : undefined;
  }

  async function temporary(on: Reader, id: string): Promise<Credential | undefined> {
    const session = await sessions.find(on, id);
    const principal = session && (await ownerOfSession(on, session));
    if (session === undefined || principal === undefined) return undefined;
    return {
      accessKeyId: id,
      secretAccessKey: secrets.open(id, session.sealedSecret),
      principal,
      sessionToken: sessionToken(session),
      formerSessionTokens: () => deps.claims.sealedUnderAll(purposeOf(session), tokenClaims(session)),
      expiresAt: session.expiresAt,
    };
  }

  const find = (id: string): Promise<Credential | undefined> => {
    if (id === configured.accessKeyId) return Promise.resolve(configured);
    return kept(id, () => (id.startsWith('ASIA') ? temporary(reader, id) : longTerm(reader, id)));
  };

  return {
    find,
    async findPrincipal(accessKeyId) {
      const found = await find(accessKeyId);
      return found === undefined || clock.now() >= (found.expiresAt ?? Number.POSITIVE_INFINITY)
        ? undefined
        : found.principal;
    },
    sessionToken,
  };
}

function userPrincipal(user: Identity | undefined, accessKeyId: string): Principal | undefined {
  if (user?.kind !== 'user') return undefined;
  const { id, accountId, name, path, tags } = user;
  const arn = iamArn(accountId, 'user', path, name);
  return { kind: 'user', accountId, arn, userId: id, userName: name, tags, accessKeyId };
}

function rolePrincipal(role: Role, session: SessionRecord): Principal {
  const { accountId } = role;
  const { sessionName, transitiveTagKeys, context } = session.facts;
  return {
    kind: 'assumed-role',
    accountId,
    arn: assumedRoleArn(accountId, role.name, sessionName),
    userId: `${role.id}:${sessionName}`,
    accessKeyId: session.id,
    roleArn: iamArn(accountId, 'role', role.path, role.name),
    roleId: role.id,
    sessionName,
    tags: mergeTags(role.tags, session.facts.tags),
    transitiveTagKeys,
    session: context,
    multiFactorAuthPresent: false,
    tokenIssuedAt: session.issuedAt,
    expiresAt: session.expiresAt,
  };
}

/** Tag names differ by more than the case of their letters: a session's tag replaces the role's of that name. */
function mergeTags(
  below: Readonly<Record<string, string>>,
  above: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const hidden = new Set(Object.keys(above).map((name) => name.toLowerCase()));
  const kept = Object.entries(below).filter(([name]) => !hidden.has(name.toLowerCase()));
  return { ...Object.fromEntries(kept), ...above };
}
