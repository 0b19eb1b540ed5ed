// `POST /admin/accounts` makes an account with a root key pair of its own, `GET /admin/accounts` lists them. The
// secret is told once.
import type { Iam } from '../../domain/access/index.ts';
import type { AdminRoute } from './route.ts';

const PAGE = 1000;

export function accountsRoute(deps: { readonly iam: Pick<Iam, 'accounts'> }): AdminRoute {
  const { accounts } = deps.iam;
  return {
    POST: {
      operation: 'CreateAccount',
      for: 'operator',
      parameters: ['account-id'],
      async handle(query) {
        const created = await accounts.create(query.get('account-id') ?? undefined);
        return {
          status: 201,
          document: {
            accountId: created.account.id,
            createdAt: new Date(created.account.createdAt).toISOString(),
            accessKeyId: created.key.id,
            secretAccessKey: created.secretAccessKey,
          },
        };
      },
    },
    GET: {
      operation: 'ListAccounts',
      for: 'operator',
      parameters: ['after'],
      async handle(query) {
        const page = await accounts.list({ after: query.get('after') ?? '', limit: PAGE });
        return {
          status: 200,
          document: {
            accounts: page.items.map(({ id, createdAt }) => ({
              accountId: id,
              createdAt: new Date(createdAt).toISOString(),
            })),
            ...(page.next === undefined ? {} : { next: page.next }),
          },
        };
      },
    },
  };
}
