// Paths of the distribution API. A repository name may hold any of the words that follow it, so a path is read from
// its end. Source: distribution-spec, Endpoints.
import { isRepositoryName } from '../../shared/names.ts';
import { refuse } from './errors.ts';

export type Route =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'manifest'; readonly repositoryName: string; readonly reference: string }
  | { readonly kind: 'blob'; readonly repositoryName: string; readonly digest: string }
  | { readonly kind: 'uploads'; readonly repositoryName: string }
  | { readonly kind: 'upload'; readonly repositoryName: string; readonly uploadId: string }
  | { readonly kind: 'tags'; readonly repositoryName: string }
  | { readonly kind: 'referrers'; readonly repositoryName: string; readonly digest: string };

/** The route of a path (nothing decoded, no query); undefined for none. Throws OciError for a bad name or encoding. */
export function routeOf(path: string): Route | undefined {
  if (path === '/v2' || path === '/v2/') return { kind: 'base' };
  if (path === '/v2/_catalog') return { kind: 'catalog' };
  const [before, encoded] = cutLast(path.slice('/v2/'.length));
  const [name, kind] = cutLast(before);
  const last = decoded(encoded);
  switch (kind) {
    case 'manifests':
      return { kind: 'manifest', repositoryName: checkedName(name), reference: last };
    case 'blobs':
      if (last === 'uploads') return { kind: 'uploads', repositoryName: checkedName(name) };
      return { kind: 'blob', repositoryName: checkedName(name), digest: last };
    case 'uploads': {
      const [named, blobs] = cutLast(name);
      if (blobs !== 'blobs') return undefined;
      const repositoryName = checkedName(named);
      return last === ''
        ? { kind: 'uploads', repositoryName }
        : { kind: 'upload', repositoryName, uploadId: last };
    }
    case 'referrers':
      return { kind: 'referrers', repositoryName: checkedName(name), digest: last };
    case 'tags':
      return last === 'list' ? { kind: 'tags', repositoryName: checkedName(name) } : undefined;
    default:
      return undefined;
  }
}

/** Whether a request asks for a manifest or a layer, as far as its head's first line tells. */
export function isPull(method: string | undefined, target: string): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  const [path = ''] = target.split('?', 1);
  return /^\/v2\/.+\/(?:manifests|blobs)\/[^/]+$/.test(path) && !path.endsWith('/uploads');
}

/** What is before the last slash, and the word behind it. */
function cutLast(text: string): readonly [before: string, word: string] {
  const slash = text.lastIndexOf('/');
  return slash < 0 ? ['', text] : [text.slice(0, slash), text.slice(slash + 1)];
}

function checkedName(name: string): string {
  if (isRepositoryName(name)) return name;
  throw refuse(400, 'NAME_INVALID', `'${name.slice(0, 256)}' is not the name of a repository`);
}

function decoded(word: string): string {
  if (!word.includes('%')) return word;
  try {
    return decodeURIComponent(word);
  } catch {
    throw refuse(400, 'UNSUPPORTED', 'The path of the request is not properly encoded');
  }
}
