// `POST /sign?repository=…&tag=…|digest=…`: signs an image that is stored already, as a push of it by the caller would. Who
// may not push to the repository learns nothing of what is in it; the right to sign under a profile is asked for by the plan.
import type { Authorize } from '../../domain/access/index.ts';
import type { ImageId } from '../../domain/registry/index.ts';
import type { PlannedProfile, Signing } from '../../domain/signing/index.ts';
import { repositoryArn } from '../../shared/arn.ts';
import { unreachable } from '../../shared/assert.ts';
import { isRepositoryName } from '../../shared/names.ts';
import { AdminError, type AdminRoute } from './route.ts';

const ACCOUNT = /^[0-9]{12}$/;

export function signRoute(deps: {
  readonly signing: Pick<Signing, 'signImage'>;
  readonly authorize: Authorize;
}): AdminRoute {
  return {
    POST: {
      operation: 'RequestSignature',
      parameters: ['repository', 'tag', 'digest', 'again', 'dry-run', 'registry-id'],
      for: 'principals',
      async handle(query, { caller, decided }) {
        const repositoryName = query.get('repository') ?? '';
        if (!isRepositoryName(repositoryName)) throw invalid("'repository' must be the name of a repository");
        const accountId = query.get('registry-id') ?? caller.principal.accountId;
        if (!ACCOUNT.test(accountId)) throw invalid("'registry-id' must be the 12 digits of an account");
        const again = flag(query, 'again');
        const isRehearsal = flag(query, 'dry-run');
        const registry = { accountId, region: caller.request.region };
        const resource = repositoryArn(registry, repositoryName);
        const decision = await deps.authorize({ caller, action: 'ecr:PutImage', resource });
        decided({ registry, resource, decidedBy: decision.by });
        if (!decision.allowed) throw new AdminError(403, 'AccessDenied', decision.reason);
        const { image, profiles, children } = await deps.signing.signImage({
          registry,
          repositoryName,
          id: imageId(query),
          caller,
          again,
          isRehearsal,
        });
        return {
          status: 200,
          document: {
            registryId: accountId,
            repositoryName,
            imageDigest: image.digest,
            dryRun: isRehearsal,
            signingProfiles: profiles.map(outcomeShape),
            children,
          },
        };
      },
    },
  };
}

/** `PLANNED`: a signature is on its way, or would be; `NOT_SIGNED`: it should be signed, and cannot be. */
function outcomeShape({ profileArn: signingProfileArn, decided }: PlannedProfile): object {
  switch (decided.kind) {
    case 'sign':
      return { signingProfileArn, outcome: 'PLANNED' };
    case 'nothing': {
      const { because } = decided;
      if (because === 'complete') return { signingProfileArn, outcome: 'COMPLETE' };
      if (because === 'in progress') return { signingProfileArn, outcome: 'IN_PROGRESS' };
      return refused(signingProfileArn, because);
    }
    case 'fail':
      return refused(signingProfileArn, decided.failure);
    default:
      return unreachable(decided);
  }
}

function refused(signingProfileArn: string, failure: { readonly code: string; readonly reason: string }) {
  const { code: failureCode, reason: failureReason } = failure;
  return { signingProfileArn, outcome: 'NOT_SIGNED', failureCode, failureReason };
}

function imageId(query: URLSearchParams): ImageId {
  const [tag, digest] = [query.get('tag'), query.get('digest')];
  if (tag === null && digest === null) throw invalid("one of 'tag' and 'digest' must name the image");
  return { ...(tag === null ? {} : { tag }), ...(digest === null ? {} : { digest }) };
}

function flag(query: URLSearchParams, name: string): boolean {
  const text = query.get(name) ?? 'false';
  if (text !== 'true' && text !== 'false') throw invalid(`'${name}' must be true or false`);
  return text === 'true';
}

function invalid(message: string): AdminError {
  return new AdminError(400, 'InvalidRequest', message);
}
