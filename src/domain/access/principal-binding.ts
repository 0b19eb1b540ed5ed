// Policies hold identities, not names: when a policy is put, each user, role and session of a role that it names is
// replaced by its unique id, and shown by its ARN for as long as that identity exists. A new identity of an old name has
// another id and gets nothing.
// Source: IAM user guide, "AWS JSON policy elements: Principal": "the ARN transforms to the unique principal ID when you
// save the policy".
import { assumedRoleArn, iamArn } from '../../shared/arn.ts';
import {
  awsPrincipalsOf,
  parsePrincipalArn,
  parseUniqueId,
  replaceAwsPrincipals,
} from '../../shared/policy-principals.ts';
import { DomainError } from '../errors.ts';
import type { Reader } from '../storage.ts';
import type { Identities } from './ports.ts';
import type { Identity } from './types.ts';

export interface PrincipalBinding {
  /** The document with unique ids, as it is stored. Throws MalformedPolicy for a principal that does not exist. */
  bind(on: Reader, document: string): Promise<string>;
  /** The same for a document that is only asked about: a principal that does not exist stays, and is nobody. */
  bindKnown(on: Reader, document: string): Promise<string>;
  /**
   * The stored document as a client reads it: ARNs of what exists, ids of what does not any more. `known`: what was
   * found for other documents of the same answer.
   */
  show(on: Reader, document: string, known?: Map<string, string>): Promise<string>;
  /** One principal, as it is stored; undefined when it does not exist. */
  bindPrincipal(on: Reader, principal: string): Promise<string | undefined>;
  /** One stored principal, as a client reads it. */
  showPrincipal(on: Reader, principal: string): Promise<string>;
  /** Whose account a stored principal belongs to; undefined when it does not exist. */
  accountOf(on: Reader, principal: string): Promise<string | undefined>;
}

/** What every unique id begins with: a document without it needs no look. */
const ANY_ID = /A(?:IDA|ROA)/;
const ACCOUNT = /^(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?$/;

export function makePrincipalBinding({
  identities,
}: {
  readonly identities: Pick<Identities, 'find' | 'findById'>;
}): PrincipalBinding {
  async function byId(
    on: Reader,
    text: string,
  ): Promise<{ identity: Identity; session?: string } | undefined> {
    const parsed = parseUniqueId(text);
    const identity = parsed && (await identities.findById(on, parsed.id));
    return identity && { ...parsed, identity };
  }

  async function bindPrincipal(on: Reader, text: string): Promise<string | undefined> {
    if (parseUniqueId(text) !== undefined) return (await byId(on, text)) && text;
    const named = parsePrincipalArn(text);
    // Accounts, `*`, and users of GetFederationToken, which is not offered.
    if (named === undefined) return text;
    const { accountId, name } = named;
    const kind = named.kind === 'session' ? 'role' : named.kind;
    const identity = await identities.find(on, accountId, kind, name);
    if (identity === undefined) return undefined;
    const stored = named.kind === 'session' ? `${identity.id}:${named.session}` : identity.id;
    // Names are found whatever the case of their letters; a policy names them as they are written, with their path.
    return arnOf(identity, named.kind === 'session' ? named.session : undefined) === text
      ? stored
      : undefined;
  }

  async function showPrincipal(on: Reader, text: string): Promise<string> {
    const found = await byId(on, text);
    return found === undefined ? text : arnOf(found.identity, found.session);
  }

  async function replace(
    document: string,
    replacementOf: (principal: string) => Promise<string>,
  ): Promise<string> {
    const replacements = new Map<string, string>();
    for (const principal of awsPrincipalsOf(document)) {
      const replacement = await replacementOf(principal);
      if (replacement !== principal) replacements.set(principal, replacement);
    }
    return replacements.size === 0 ? document : replaceAwsPrincipals(document, replacements);
  }

  return {
    bindPrincipal,
    showPrincipal,
    bind: (on, document) =>
      replace(document, async (principal) => {
        const stored = await bindPrincipal(on, principal);
        if (stored === undefined)
          throw new DomainError('MalformedPolicy', `Invalid principal in policy: "AWS":"${principal}"`, {});
        return stored;
      }),
    bindKnown: (on, document) =>
      replace(document, async (principal) => (await bindPrincipal(on, principal)) ?? principal),
    async show(on, document, known = new Map()) {
      if (!ANY_ID.test(document)) return document;
      return replace(document, async (principal) => {
        const shown = known.get(principal) ?? (await showPrincipal(on, principal));
        known.set(principal, shown);
        return shown;
      });
    },
    async accountOf(on, principal) {
      const [, accountId] = ACCOUNT.exec(principal) ?? [];
      return accountId ?? (await byId(on, principal))?.identity.accountId;
    },
  };
}

function arnOf({ accountId, kind, path, name }: Identity, session: string | undefined): string {
  return session === undefined
    ? iamArn(accountId, kind, path, name)
    : assumedRoleArn(accountId, name, session);
}
