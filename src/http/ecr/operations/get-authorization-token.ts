// GetAuthorizationToken: the password of `docker login`, for the caller's registry or the ones named.
import { operation } from '../operation.ts';

export const getAuthorizationToken = operation(
  'GetAuthorizationToken',
  async ({ registryIds }, { account, principal, services }) => {
    const { loginTokens, endpoints } = services;
    const { protocol } = new URL(endpoints.publicUrl());
    // A token proves who asks; what they may do in a registry is decided at each request there.
    const authorizationData = [...new Set(registryIds ?? [account.accountId])].map((accountId) => {
      const registry = { accountId, region: account.region };
      const { password, expiresAt } = loginTokens.issue(principal, registry);
      return {
        authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
        expiresAt,
        proxyEndpoint: `${protocol}//${endpoints.registryHost(registry)}`,
      };
    });
    return { authorizationData };
  },
);
