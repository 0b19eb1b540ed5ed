// STS's API: AWS Query at `/`. One operation is called without a signature.
import { makeSigV4Verifier } from '../auth/sigv4.ts';
import { makeQuery } from '../aws/query.ts';
import type { AwsSurfaceDeps } from '../aws/surface-deps.ts';
import type { Surface } from '../surface.ts';
import { commonErrors, internalError, invalidInputErrors, renderDomainError } from './errors.ts';
import { model } from './generated/model.ts';
import { operations } from './operations/index.ts';
import type { StsServices } from './services.ts';

export function makeStsSurface(deps: AwsSurfaceDeps<StsServices>): Surface {
  const { services, authorize, callers, bodies } = deps;
  return makeQuery<StsServices>({
    prefix: 'sts',
    model,
    operations,
    services,
    authorize,
    bodies,
    verifier: makeSigV4Verifier({ service: 'sts', ...callers }),
    takesUnsigned: true,
    renderDomainError,
    internalError,
    commonErrors,
    invalidInputErrors,
    // A web identity token of 20,000 characters and a session policy, percent-encoded.
    bodyLimits: { default: 128 * 1024 },
  });
}
