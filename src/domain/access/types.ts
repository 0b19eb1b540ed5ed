// What the access area keeps: identities (users, groups, roles), their keys and policies, identity providers,
// sessions. An identity is known by its id for ever; its name may be given to another one after it was deleted.

export type Tags = Readonly<Record<string, string>>;

interface IdentityFacts {
  /** AIDA…, AGPA…, AROA…: never used again. */
  readonly id: string;
  readonly accountId: string;
  /** As written when it was made; unique in the account whatever the case of its letters. */
  readonly name: string;
  /** `/`, or with a slash at both ends. */
  readonly path: string;
  /** Epoch ms. */
  readonly createdAt: number;
}

export interface User extends IdentityFacts {
  readonly kind: 'user';
  readonly tags: Tags;
  readonly boundaryPolicyId?: string;
}

export interface Group extends IdentityFacts {
  readonly kind: 'group';
}

export interface Role extends IdentityFacts {
  readonly kind: 'role';
  readonly tags: Tags;
  readonly boundaryPolicyId?: string;
  /** The trust policy's document: with unique ids of those whom it names where it is stored, with ARNs for a client. */
  readonly trustPolicy: string;
  readonly description?: string;
  readonly maxSessionSeconds: number;
  readonly lastUsed?: { readonly at: number; readonly region: string };
}

export type Identity = User | Group | Role;
export type IdentityKind = Identity['kind'];
export type IdentityOf<K extends IdentityKind> = Extract<Identity, { readonly kind: K }>;

export interface Account {
  /** 12 digits. */
  readonly id: string;
  readonly createdAt: number;
}

export type AccessKeyStatus = 'Active' | 'Inactive';

/** A long-term key pair (AKIA…) of a user or of an account's root. */
export interface AccessKeyRecord {
  readonly id: string;
  readonly accountId: string;
  /** A user's id, or the account's number for its root. */
  readonly ownerId: string;
  readonly status: AccessKeyStatus;
  readonly sealedSecret: Uint8Array;
  readonly createdAt: number;
  readonly lastUsed?: KeyUse;
}

export interface KeyUse {
  readonly at: number;
  readonly service: string;
  readonly region: string;
}

/** A policy of its own, which many identities may have. */
export interface ManagedPolicy {
  /** ANPA… */
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly path: string;
  readonly description?: string;
  readonly defaultVersion: number;
  /** Version numbers grow and are never used again. */
  readonly nextVersion: number;
  readonly tags: Tags;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface PolicyVersion {
  readonly number: number;
  readonly document: string;
  readonly createdAt: number;
}

/** A policy that lives in one identity. */
export interface InlinePolicy {
  readonly name: string;
  readonly document: string;
}

/** An issuer of identity tokens that the account trusts. */
export interface OidcProvider {
  readonly accountId: string;
  /** The issuer without its scheme: host, port and path. */
  readonly name: string;
  /** The issuer as its tokens name it. */
  readonly issuer: string;
  readonly clientIds: readonly string[];
  readonly thumbprints: readonly string[];
  readonly tags: Tags;
  readonly createdAt: number;
}

/** Temporary credentials (ASIA…), kept until they end: their login tokens name them only. */
export interface SessionRecord {
  readonly id: string;
  readonly accountId: string;
  /** Whose rights: the role's or the user's id, or the account's number for its root. */
  readonly ownerId: string;
  /** The long-term key that asked for them; they end with it. Absent for roles. */
  readonly sourceKeyId?: string;
  readonly sealedSecret: Uint8Array;
  readonly facts: SessionFacts;
  /** Epoch ms. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Who asked for them, for their number: a lasting id. */
  readonly requester: string;
}

/** What AssumeRole was asked with. */
export interface SessionFacts {
  readonly sessionName: string;
  readonly tags: Tags;
  readonly transitiveTagKeys: readonly string[];
  /** Documents that limit the session, beside `policyIds`. */
  readonly policies: readonly string[];
  /** Managed policies that limit the session. */
  readonly policyIds: readonly string[];
  /** Condition keys that the session carries. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

/** The policy of a resource. */
export interface ResourcePolicy {
  /** JSON, as it was put; the users and roles that it names are unique ids where it is stored, ARNs for a client. */
  readonly document: string;
  /** UUID, another one after each change. */
  readonly revision: string;
  /** Epoch ms. */
  readonly updatedAt: number;
}
