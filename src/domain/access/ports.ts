// What the access area needs of its store, by role. `on` is the committed state or the caller's transaction.
import type { Page, Reader, Tx } from '../storage.ts';
import type {
  AccessKeyRecord,
  AccessKeyStatus,
  Account,
  Group,
  Identity,
  IdentityKind,
  IdentityOf,
  InlinePolicy,
  KeyUse,
  ManagedPolicy,
  OidcProvider,
  PolicyVersion,
  ResourcePolicy,
  SessionRecord,
  User,
} from './types.ts';

/** Seals secrets for the store. `identity` is bound to the result: a sealed secret cannot be put in another's place. */
export interface SecretBox {
  seal(identity: string, secret: string): Uint8Array;
  /** Throws when it was changed, or sealed under a master key that is not there. */
  open(identity: string, sealed: Uint8Array): string;
}

/** A page of a list by name. `pathPrefix` begins with a slash. */
export interface NameQuery {
  readonly pathPrefix?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface Accounts {
  find(on: Reader, id: string): Promise<Account | undefined>;
  list(
    on: Reader,
    query: { readonly after?: string; readonly limit: number },
  ): Promise<Page<Account, string>>;
  /** false when it is there. */
  insert(tx: Tx, account: Account): Promise<boolean>;
}

/** Users, groups and roles. Names are looked up whatever the case of their letters. */
export interface Identities {
  find<K extends IdentityKind>(
    on: Reader,
    accountId: string,
    kind: K,
    name: string,
  ): Promise<IdentityOf<K> | undefined>;
  findById(on: Reader, id: string): Promise<Identity | undefined>;
  /** By name, letters of either case alike. */
  list<K extends IdentityKind>(
    on: Reader,
    accountId: string,
    kind: K,
    query: NameQuery,
  ): Promise<Page<IdentityOf<K>, string>>;
  count(on: Reader, accountId: string, kind: IdentityKind): Promise<number>;
  /** false when the name is taken. */
  insert(tx: Tx, identity: Identity): Promise<boolean>;
  /** false when the name is another's. */
  update(tx: Tx, identity: Identity): Promise<boolean>;
  delete(tx: Tx, id: string): Promise<void>;
}

export interface Memberships {
  /** By the group's name. A user has few. */
  groupsOf(on: Reader, userId: string): Promise<readonly Group[]>;
  /** By the user's name. */
  usersOf(
    on: Reader,
    groupId: string,
    query: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<Page<User, string>>;
  add(tx: Tx, groupId: string, userId: string): Promise<void>;
  remove(tx: Tx, groupId: string, userId: string): Promise<void>;
}

export interface AccessKeys {
  find(on: Reader, id: string): Promise<AccessKeyRecord | undefined>;
  /** By id. An owner has few. */
  ofOwner(on: Reader, ownerId: string): Promise<readonly AccessKeyRecord[]>;
  insert(tx: Tx, key: AccessKeyRecord): Promise<void>;
  setStatus(tx: Tx, id: string, status: AccessKeyStatus): Promise<void>;
  touch(tx: Tx, id: string, use: KeyUse): Promise<void>;
  delete(tx: Tx, id: string): Promise<void>;
}

export interface InlinePolicies {
  /** By name, byte order. The size of all together is limited. */
  list(on: Reader, identityId: string): Promise<readonly InlinePolicy[]>;
  put(tx: Tx, identityId: string, policy: InlinePolicy): Promise<void>;
  /** false when there was none of this name. */
  delete(tx: Tx, identityId: string, name: string): Promise<boolean>;
}

export interface ManagedPolicies {
  find(on: Reader, accountId: string, name: string): Promise<ManagedPolicy | undefined>;
  findById(on: Reader, id: string): Promise<ManagedPolicy | undefined>;
  /** By name, letters of either case alike. */
  list(on: Reader, accountId: string, query: NameQuery): Promise<Page<ManagedPolicy, string>>;
  count(on: Reader, accountId: string): Promise<number>;
  /** false when the name is taken. */
  insert(tx: Tx, policy: ManagedPolicy): Promise<boolean>;
  update(tx: Tx, policy: ManagedPolicy): Promise<void>;
  /** With its versions. */
  delete(tx: Tx, id: string): Promise<void>;
}

export interface PolicyVersions {
  find(on: Reader, policyId: string, number: number): Promise<PolicyVersion | undefined>;
  /** The newest first. A policy has few. */
  list(on: Reader, policyId: string): Promise<readonly PolicyVersion[]>;
  insert(tx: Tx, policyId: string, version: PolicyVersion): Promise<void>;
  delete(tx: Tx, policyId: string, number: number): Promise<void>;
}

export interface Attachments {
  /** By the policy's name. An identity has few. */
  ofIdentity(on: Reader, identityId: string): Promise<readonly ManagedPolicy[]>;
  /** Identities of the account that have the policy, and those that have it as their boundary. */
  usage(
    on: Reader,
    accountId: string,
    policyId: string,
  ): Promise<{ readonly attached: number; readonly boundaries: number }>;
  add(tx: Tx, identity: Identity, policyId: string): Promise<void>;
  /** false when it was not attached. */
  remove(tx: Tx, identityId: string, policyId: string): Promise<boolean>;
}

export interface OidcProviders {
  find(on: Reader, accountId: string, name: string): Promise<OidcProvider | undefined>;
  /** By name. An account has few. */
  list(on: Reader, accountId: string): Promise<readonly OidcProvider[]>;
  /** false when it is there. */
  insert(tx: Tx, provider: OidcProvider): Promise<boolean>;
  /** false when it was not there. */
  delete(tx: Tx, accountId: string, name: string): Promise<boolean>;
}

export interface Sessions {
  find(on: Reader, id: string): Promise<SessionRecord | undefined>;
  countAlive(on: Reader, accountId: string, now: number): Promise<number>;
  /** Those alive that one asked for. */
  countOfRequester(on: Reader, accountId: string, requester: string, now: number): Promise<number>;
  insert(tx: Tx, session: SessionRecord): Promise<void>;
  /** Removes up to `limit` that ended before `now`; gives how many. */
  deleteExpired(tx: Tx, now: number, limit: number): Promise<number>;
}

/** What a token of an identity provider says, each fact of its type; nothing of it is proven. Times in epoch seconds. */
export interface IdentityToken {
  /** As the client sent it. */
  readonly text: string;
  /** `alg` */
  readonly algorithm: string;
  /** `kid` */
  readonly keyId?: string;
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: readonly string[];
  /** `azp` */
  readonly authorizedParty?: string;
  readonly expiresAt: number;
  readonly notBefore?: number;
  readonly issuedAt: number;
}

/** Reads and checks tokens of identity providers. */
export interface IdentityTokens {
  /** Throws InvalidIdentityToken for what is no token, or has a claim of the wrong type. */
  read(token: string): IdentityToken;
  /**
   * Checks the token with the keys that its provider publishes. Throws InvalidIdentityToken, ExpiredIdentityToken,
   * IdentityProviderUnreachable.
   */
  verify(token: IdentityToken, provider: OidcProvider): Promise<void>;
}

/** Policies of resources (repositories, registries, signing profiles), by the resource's ARN. */
export interface ResourcePolicies {
  find(on: Reader, resourceArn: string): Promise<ResourcePolicy | undefined>;
  put(tx: Tx, resourceArn: string, policy: ResourcePolicy): Promise<void>;
  /** false when there was none. */
  delete(tx: Tx, resourceArn: string): Promise<boolean>;
}

/**
 * Names in policies that the migration to unique ids found nobody for. `policyOf`: the role's id, or the resource's ARN;
 * `document`: the policy as it is now, undefined when it is gone.
 */
export interface UnboundPrincipals {
  /** By `policyOf`, of the policies after that one. */
  list(
    on: Reader,
    query: { readonly after?: string; readonly limit: number },
  ): Promise<
    readonly {
      readonly policyOf: string;
      readonly principal: string;
      readonly document: string | undefined;
    }[]
  >;
}
