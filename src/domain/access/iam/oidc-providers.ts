// Issuers of identity tokens that an account trusts, e.g. a CI system's. Only these are ever contacted.
import { oidcProviderArn, parseArn } from '../../../shared/arn.ts';
import { DomainError } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import type { OidcProvider } from '../types.ts';
import { change, type IamDeps } from './deps.ts';
import { invalidInput, noSuchProvider, quotaExceeded } from './refusals.ts';
import { type Tag, withTags } from './tags.ts';

export interface OidcProvidersDoor {
  /**
   * `url` is the issuer: https without port, query or user; http on this machine where the server allows it.
   * Throws EntityAlreadyExists, LimitExceeded, Validation.
   */
  create(provider: {
    readonly accountId: string;
    readonly url: string;
    readonly clientIds?: readonly string[] | undefined;
    readonly thumbprints?: readonly string[] | undefined;
    readonly tags?: readonly Tag[] | undefined;
  }): Promise<OidcProvider>;
  /** Throws NoSuchEntity, Validation. */
  get(accountId: string, arn: string): Promise<OidcProvider>;
  /** By name. */
  list(accountId: string): Promise<readonly OidcProvider[]>;
  /** Twice changes nothing, as with IAM. Throws Validation. */
  delete(accountId: string, arn: string): Promise<void>;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Addresses and this machine: whoever may configure a provider must not send the server around its own network. */
function isMachine(hostname: string): boolean {
  return /^[\d.]+$|^\[/.test(hostname) || /(?:^|\.)localhost\.?$/.test(hostname);
}

export function makeOidcProviders(
  deps: IamDeps & { readonly allowLoopbackIssuers: boolean },
): OidcProvidersDoor {
  const { oidcProviders, storage } = deps;

  function issuerOf(text: string): { readonly issuer: string; readonly name: string } {
    const url = URL.parse(text);
    if (url === null)
      throw invalidInput('The Url must be the address of an issuer, e.g. https://ci.example.com.');
    const local = deps.allowLoopbackIssuers && url.protocol === 'http:' && LOOPBACK.has(url.hostname);
    if (!local && url.protocol !== 'https:') throw invalidInput('The Url must begin with https://.');
    if (!local && isMachine(url.hostname)) throw invalidInput('The Url must name a host by its DNS name.');
    if (!local && url.port !== '') throw invalidInput('The Url must not name a port.');
    if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
      throw invalidInput('The Url must not have a user, a query or a fragment.');
    const issuer = text.replace(/\/+$/, '');
    return { issuer, name: issuer.slice(issuer.indexOf('://') + 3) };
  }

  function nameOf(accountId: string, arn: string): string {
    const parsed = parseArn(arn);
    const prefix = 'oidc-provider/';
    if (parsed?.service !== 'iam' || !parsed.resource.startsWith(prefix))
      throw invalidInput(`ARN ${arn} is not valid.`);
    const name = parsed.resource.slice(prefix.length);
    if (oidcProviderArn(accountId, name) !== arn) throw noSuchProvider(arn);
    return name;
  }

  return {
    async create({ accountId, url, clientIds = [], thumbprints = [], tags = [] }) {
      const { issuer, name } = issuerOf(url);
      if (clientIds.length > LIMITS.clientIds)
        throw quotaExceeded('ClientIdsPerOpenIdConnectProvider', LIMITS.clientIds);
      if (thumbprints.length > LIMITS.thumbprints)
        throw invalidInput(`Thumbprint list must contain fewer than ${LIMITS.thumbprints + 1} entries.`);
      if (!thumbprints.every((text) => /^[0-9a-fA-F]{40}$/.test(text)))
        throw invalidInput('A thumbprint is 40 hexadecimal digits.');
      const provider: OidcProvider = {
        accountId,
        name,
        issuer,
        clientIds: [...new Set(clientIds)],
        thumbprints,
        tags: withTags({}, tags),
        createdAt: deps.clock.now(),
      };
      return change(deps, async (tx) => {
        if (!(await oidcProviders.insert(tx, provider)))
          throw new DomainError('EntityAlreadyExists', `Provider with url ${url} already exists.`, {});
        if ((await oidcProviders.list(tx, accountId)).length > LIMITS.oidcProviders)
          throw quotaExceeded('OpenIdConnectProvidersPerAccount', LIMITS.oidcProviders);
        return provider;
      });
    },
    async get(accountId, arn) {
      const found = await oidcProviders.find(storage.reader, accountId, nameOf(accountId, arn));
      if (found === undefined) throw noSuchProvider(arn);
      return found;
    },
    list: (accountId) => oidcProviders.list(storage.reader, accountId),
    async delete(accountId, arn) {
      const name = nameOf(accountId, arn);
      await change(deps, (tx) => oidcProviders.delete(tx, accountId, name));
    },
  };
}
