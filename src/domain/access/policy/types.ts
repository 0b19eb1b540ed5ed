// What policy evaluation takes and gives. Pure data: policies are compiled once for each version (compile.ts),
// facts about the caller and the request come with each question (evaluate.ts).

/** Where a policy document stands: decides which elements it must have and which it must not. */
export type PolicyKind =
  /** Attached to a user, a group or a role. */
  | 'identity'
  /** Attached to a repository: a resource policy without `Resource`. */
  | 'repository'
  /** Attached to a registry. */
  | 'registry'
  /** The permissions of a signing profile. */
  | 'signing-profile'
  /** Who may assume a role: a resource policy without `Resource`. */
  | 'trust'
  /** Given with AssumeRole; limits the session. */
  | 'session'
  /** Limits what identity policies can allow. */
  | 'boundary';

/** An ARN taken apart, once for all the patterns that it is held against; no fields when it is none. */
export interface ArnText {
  readonly text: string;
  readonly fields: readonly string[] | undefined;
}

/** A checked document, ready to be asked. Made by `compilePolicy`, read by `evaluate`; immutable. */
export interface CompiledPolicy {
  readonly kind: PolicyKind;
  readonly version: '2008-10-17' | '2012-10-17';
  readonly statements: readonly CompiledStatement[];
  /** Condition keys and variables that the document asks for, as written, each once. */
  readonly contextKeys: readonly string[];
  /** Whether one of them is a tag of the resource, which it costs to look up. */
  readonly asksForResourceTags: boolean;
}

export interface CompiledStatement {
  /** The Sid, or `statement <n>` counted from 1. */
  readonly id: string;
  readonly effect: 'Allow' | 'Deny';
  /** Whether the statement is about this action. `action` is in lower case. */
  readonly matchesAction: (action: string) => boolean;
  /** Whether it is about this resource; absent where the element is (trust policies). */
  readonly matchesResource?: (resource: ArnText, context: ContextLookup) => boolean;
  /**
   * Whether it is about this caller, and how closely it names it; absent in policies without Principal. `bounded`:
   * the caller has a permissions boundary.
   */
  readonly matchesPrincipal?: (principal: PrincipalFacts, bounded: boolean) => PrincipalMatch;
  /** Whether all its conditions hold. */
  readonly holds: (context: ContextLookup) => boolean;
}

/**
 * How a Principal element names a caller. `identity`: the user, or the role session itself. `role`: the role of the
 * session. `account`: the whole account, which hands the decision to that account's identity policies; `everyone`: `*`.
 */
export type PrincipalMatch = 'none' | 'account' | 'everyone' | 'role' | 'identity';

/** A policy and what it is called: an ARN, or a name where it has none. */
export interface NamedPolicy {
  readonly name: string;
  readonly policy: CompiledPolicy;
}

/** Values of one condition key: one, several, or none when the request does not have it. */
export type ContextValue = string | readonly string[] | undefined;

/** The values of a condition key. `key` is in lower case; in keys with a part after `/`, such as `aws:resourcetag/x`, too. */
export type ContextLookup = (key: string) => ContextValue;

interface NamedFacts {
  readonly accountId: string;
  readonly arn: string;
  /** `aws:userid`: `AIDA…` of a user, `AROA…:session-name` of a session, the account's number of the root. */
  readonly userId: string;
  /** Tags of the user, or of the session (`aws:PrincipalTag/…`), with names as written. */
  readonly tags?: Readonly<Record<string, string>>;
  /** When the temporary credentials were made, epoch ms; absent with long-term keys. */
  readonly tokenIssuedAt?: number;
  /** Known with temporary credentials only. */
  readonly multiFactorAuthPresent?: boolean;
  /** Further condition keys that the session carries, with their values: `sts:RoleSessionName`, an identity provider's claims. */
  readonly session?: Readonly<Record<string, ContextValue>>;
}

/** Who asks, as policies see it. */
export type PrincipalFacts =
  | (NamedFacts & { readonly kind: 'root' })
  | (NamedFacts & { readonly kind: 'user'; readonly userName: string })
  /** `arn` is `arn:aws:sts::<account>:assumed-role/<role>/<session>`, `roleArn` the role's own, with its path. */
  | (NamedFacts & { readonly kind: 'assumed-role'; readonly roleArn: string })
  /** A caller proven by an identity provider, before it has assumed a role. `arn` is the provider's. */
  | (NamedFacts & { readonly kind: 'federated' })
  /** A service acting by itself, e.g. `ecr.amazonaws.com`, which is its `arn` too. */
  | (NamedFacts & { readonly kind: 'service' })
  /** Nobody proven. */
  | { readonly kind: 'anonymous' };

export interface EvaluationInput {
  readonly principal: PrincipalFacts;
  /** `ecr:PutImage` */
  readonly action: string;
  /** An ARN, or `*` for actions that have no resource. */
  readonly resource: string;
  /** The account that owns the resource; for `*` that of the registry that is asked. */
  readonly resourceAccount: string;
  /** Condition keys of the request. Keys of the principal are added by `evaluate`; what is given here wins. */
  readonly context: ContextLookup;
  readonly identityPolicies: readonly NamedPolicy[];
  /** The one permissions boundary, when there is one. */
  readonly boundary?: NamedPolicy | undefined;
  /** Policies given with AssumeRole; undefined when none was, which limits nothing. */
  readonly sessionPolicies?: readonly NamedPolicy[] | undefined;
  readonly resourcePolicies?: readonly NamedPolicy[];
  /** The resource's policy must allow whoever asks, identity policies of the same account do not suffice: a role's trust policy. */
  readonly resourcePolicyDecides?: boolean;
}

export type PolicyType =
  | 'identity-based policy'
  | 'resource-based policy'
  | 'permissions boundary'
  | 'session policy';

/** The statement that decided, for the audit. */
export interface DecidedBy {
  /** `account root` stands for the rights that an account's root has by itself. */
  readonly type: PolicyType | 'account root';
  /** The policy's ARN or name. */
  readonly policy: string;
  /** Its Sid, or `statement <n>` counted from 1. */
  readonly statement: string;
}

export type PolicyDecision =
  | { readonly allowed: true; readonly by: DecidedBy }
  | {
      readonly allowed: false;
      /** IAM's sentence: names principal, action, resource and why. */
      readonly reason: string;
      /** Whether a Deny statement said so; else nothing allowed it. */
      readonly explicit: boolean;
      readonly by?: DecidedBy;
    };
