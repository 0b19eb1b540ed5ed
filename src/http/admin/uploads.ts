// `GET /admin/uploads` lists open uploads of all registries, `DELETE /admin/uploads` ends those that are named: for when
// somebody has left so many that others cannot push.
import type { Registry, UploadFilter } from '../../domain/registry/index.ts';
import { AdminError, type AdminRoute } from './route.ts';

const PAGE = 1000;
/** Each is a transaction and a file. */
const ENDED_AT_A_TIME = 100;

const FILTERS = ['id', 'repository', 'principal', 'empty'];

export function uploadsRoute({
  uploads,
}: {
  readonly uploads: Pick<Registry['uploads'], 'list' | 'end'>;
}): AdminRoute {
  return {
    GET: {
      operation: 'ListUploads',
      for: 'operator',
      parameters: [...FILTERS, 'after'],
      async handle(query) {
        const page = await uploads.list(filterOf(query), { after: query.get('after') ?? '', limit: PAGE });
        return {
          status: 200,
          document: {
            uploads: page.items.map((upload) => ({
              uploadId: upload.id,
              registryId: upload.registry.accountId,
              region: upload.registry.region,
              repositoryName: upload.repositoryName,
              principal: upload.principalArn,
              receivedBytes: upload.receivedBytes,
              createdAt: new Date(upload.createdAt).toISOString(),
              expiresAt: new Date(upload.expiresAt).toISOString(),
            })),
            ...(page.next === undefined ? {} : { next: page.next }),
          },
        };
      },
    },
    DELETE: {
      operation: 'EndUploads',
      for: 'operator',
      parameters: [...FILTERS, 'all', 'after'],
      async handle(query) {
        const filter = filterOf(query);
        const isAll = flagOf(query, 'all');
        if (isAll === FILTERS.some((name) => query.has(name)))
          throw new AdminError(
            400,
            'InvalidRequest',
            `Name ${FILTERS.join(', ')}, or all=true and nothing else`,
          );
        const { ended, underWay, next } = await uploads.end(filter, {
          after: query.get('after') ?? '',
          limit: ENDED_AT_A_TIME,
        });
        return { status: 200, document: { ended, underWay, ...(next === undefined ? {} : { next }) } };
      },
    },
  };
}

function filterOf(query: URLSearchParams): UploadFilter {
  return {
    id: query.get('id') ?? undefined,
    repositoryName: query.get('repository') ?? undefined,
    principalArn: query.get('principal') ?? undefined,
    isEmpty: flagOf(query, 'empty'),
  };
}

function flagOf(query: URLSearchParams, name: string): boolean {
  const text = query.get(name);
  if (text !== null && text !== 'true' && text !== 'false')
    throw new AdminError(400, 'InvalidRequest', `'${name}' must be true or false`);
  return text === 'true';
}
