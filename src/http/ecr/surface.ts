// Amazon ECR's API: AWS JSON 1.1 at `/`.

import { makeSigV4Verifier } from '../auth/sigv4.ts';
import { makeJsonRpc } from '../aws/json-rpc.ts';
import type { AwsSurfaceDeps } from '../aws/surface-deps.ts';
import type { Surface } from '../surface.ts';
import { commonErrors, internalError, invalidInputErrors, renderDomainError } from './errors.ts';
import { model } from './generated/model.ts';
import { operations } from './operations/index.ts';
import type { EcrServices } from './services.ts';

const MIB = 1024 * 1024;

export function makeEcrSurface(deps: AwsSurfaceDeps<EcrServices>): Surface {
  const { services, authorize, callers, bodies } = deps;
  return makeJsonRpc<EcrServices>(
    {
      prefix: 'ecr',
      model,
      operations,
      services,
      authorize,
      bodies,
      verifier: makeSigV4Verifier({ service: 'ecr', ...callers }),
      renderDomainError,
      internalError,
      commonErrors,
      invalidInputErrors,
      bodyLimits: {
        default: MIB,
        // A part of 20 MiB in base64, and room for the other members.
        UploadLayerPart: 28 * MIB,
        // A manifest of 4 MiB as a JSON string, most of it escaped.
        PutImage: 12 * MIB,
      },
    },
    'AmazonEC2ContainerRegistry_V20150921',
  );
}
