// AWS Signer's API (its container part): AWS REST JSON.

import { makeSigV4Verifier } from '../auth/sigv4.ts';
import { makeRestJson } from '../aws/rest-json.ts';
import type { AwsSurfaceDeps } from '../aws/surface-deps.ts';
import type { Surface } from '../surface.ts';
import { commonErrors, internalError, invalidInputErrors, renderDomainError } from './errors.ts';
import { model } from './generated/model.ts';
import { operations } from './operations/index.ts';
import type { SignerServices } from './services.ts';

export function makeSignerSurface(deps: AwsSurfaceDeps<SignerServices>): Surface {
  const { services, authorize, callers, bodies } = deps;
  return makeRestJson<SignerServices>({
    prefix: 'signer',
    model,
    operations,
    services,
    authorize,
    bodies,
    verifier: makeSigV4Verifier({ service: 'signer', ...callers }),
    renderDomainError,
    internalError,
    commonErrors,
    invalidInputErrors,
    bodyLimits: { default: 256 * 1024 },
  });
}
