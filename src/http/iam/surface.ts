// IAM's API: AWS Query at `/`.
import { makeSigV4Verifier } from '../auth/sigv4.ts';
import { makeQuery } from '../aws/query.ts';
import type { AwsSurfaceDeps } from '../aws/surface-deps.ts';
import type { Surface } from '../surface.ts';
import { commonErrors, internalError, invalidInputErrors, renderDomainError } from './errors.ts';
import { model } from './generated/model.ts';
import { operations } from './operations/index.ts';
import type { IamServices } from './services.ts';

export function makeIamSurface(deps: AwsSurfaceDeps<IamServices>): Surface {
  const { services, authorize, callers, bodies } = deps;
  return makeQuery<IamServices>({
    prefix: 'iam',
    model,
    operations,
    services,
    authorize,
    bodies,
    verifier: makeSigV4Verifier({ service: 'iam', ...callers }),
    renderDomainError,
    internalError,
    commonErrors,
    invalidInputErrors,
    // A policy document of the model's length, percent-encoded.
    bodyLimits: { default: 512 * 1024 },
  });
}
