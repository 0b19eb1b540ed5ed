// Which surface a request belongs to: told by its path, and at `/`, where three AWS APIs share the path, by its head.
import type { IncomingMessage } from 'node:http';
import { isOperationsPath } from './operations.ts';

export type SurfaceName = 'ecr' | 'signer' | 'iam' | 'sts' | 'oci' | 'pki' | 'operations' | 'admin';

const SIGNER_PATH = /^\/(?:signing-profiles|signing-jobs|signing-platforms|revocations|tags)(?:\/|$)/;
const FORM = /^application\/x-www-form-urlencoded *(?:;|$)/i;
/** The end of the credential scope of a call that is signed for IAM. */
const IAM_SCOPE = /\/iam\/aws4_request\b/;

/** undefined for none. */
export function pickSurface(
  path: string,
  { headers, url }: Pick<IncomingMessage, 'headers' | 'url'>,
): SurfaceName | undefined {
  if (path === '/') {
    if (!FORM.test(headers['content-type'] ?? '')) return 'ecr';
    const scope = headers.authorization ?? url ?? '';
    return IAM_SCOPE.test(scope.replaceAll(/%2f/gi, '/')) ? 'iam' : 'sts';
  }
  if (path === '/v2' || path.startsWith('/v2/')) return 'oci';
  if (SIGNER_PATH.test(path)) return 'signer';
  if (path.startsWith('/trust/') || path.startsWith('/pki/')) return 'pki';
  if (isOperationsPath(path)) return 'operations';
  if (path.startsWith('/admin/') || path === '/sign') return 'admin';
  return undefined;
}
