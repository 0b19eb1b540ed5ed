// Which method on which route does what, what the caller must be allowed to do for it (ECR's own mapping of actions
// to the distribution API), and under what name it is counted.
import { hasBody } from '../read-body.ts';
import { sendJson } from '../surface.ts';
import { deleteBlob, getBlob, headBlob } from './blobs.ts';
import type { Answer, Exchange, OciServices } from './exchange.ts';
import { listReferrers, listRepositories, listTags } from './lists.ts';
import { deleteManifest, getManifest, headManifest, putManifest } from './manifests.ts';
import type { Route } from './routes.ts';
import { deleteUpload, getUpload, patchUpload, postUpload, putUpload } from './uploads.ts';

interface OperationFacts {
  readonly name: string;
  /** Actions on the repository (on the registry for the catalog), all needed; the last one names the operation. */
  readonly actions: (exchange: Exchange) => readonly string[];
}

/** Answers by itself. */
export interface ReadOperation extends OperationFacts {
  readonly kind: 'read';
  readonly handle: (exchange: Exchange, services: OciServices) => Promise<void>;
}

/** Gives its answer back, to be sent when the audit has it. */
export interface ChangeOperation extends OperationFacts {
  readonly kind: 'change';
  readonly handle: (exchange: Exchange, services: OciServices) => Promise<Answer>;
}

export type OciOperation = ReadOperation | ChangeOperation;

type Methods = Readonly<Record<string, OciOperation>>;
type Actions = readonly string[] | OperationFacts['actions'];

const asked = (actions: Actions): OperationFacts['actions'] =>
  typeof actions === 'function' ? actions : () => actions;

function read(name: string, actions: Actions, handle: ReadOperation['handle']): ReadOperation {
  return { kind: 'read', name, actions: asked(actions), handle };
}

function change(name: string, actions: Actions, handle: ChangeOperation['handle']): ChangeOperation {
  return { kind: 'change', name, actions: asked(actions), handle };
}

/** A list may be asked for by HEAD too: the answer is the same without its body. */
function reading(get: ReadOperation): Methods {
  return { GET: get, HEAD: get };
}

const UPLOAD = 'ecr:UploadLayerPart';
const PULL_LAYER = 'ecr:GetDownloadUrlForLayer';
const PULL_IMAGE = 'ecr:BatchGetImage';
const DELETE = 'ecr:BatchDeleteImage';

const postActions = ({ query }: Exchange): readonly string[] =>
  query.has('digest') || query.has('mount')
    ? ['ecr:InitiateLayerUpload', UPLOAD, 'ecr:CompleteLayerUpload']
    : ['ecr:InitiateLayerUpload'];

const putActions = ({ request }: Exchange): readonly string[] =>
  hasBody(request) ? [UPLOAD, 'ecr:CompleteLayerUpload'] : ['ecr:CompleteLayerUpload'];

/** The operations of a route, by method. */
export function operationsOf(route: Route): Methods {
  switch (route.kind) {
    case 'base':
      return reading(
        read('Ping', [], async ({ response }) => {
          sendJson(response, 200, {});
        }),
      );
    case 'catalog':
      return reading(read('ListRepositories', ['ecr:DescribeRepositories'], listRepositories));
    case 'manifest': {
      const { repositoryName: name, reference } = route;
      return {
        GET: read('GetManifest', [PULL_IMAGE], (x, s) => getManifest(x, s, name, reference)),
        HEAD: read('HeadManifest', [PULL_IMAGE], (x, s) => headManifest(x, s, name, reference)),
        PUT: change('PutManifest', ['ecr:PutImage'], (x, s) => putManifest(x, s, name, reference)),
        DELETE: change('DeleteManifest', [DELETE], (x, s) => deleteManifest(x, s, name, reference)),
      };
    }
    case 'blob': {
      const { repositoryName: name, digest } = route;
      const ask = 'ecr:BatchCheckLayerAvailability';
      return {
        GET: read('GetBlob', [PULL_LAYER], (x, s) => getBlob(x, s, name, digest)),
        HEAD: read('HeadBlob', [ask], (x, s) => headBlob(x, s, name, digest)),
        DELETE: change('DeleteBlob', [DELETE], (x, s) => deleteBlob(x, s, name, digest)),
      };
    }
    case 'uploads': {
      const { repositoryName: name } = route;
      return { POST: change('PostUpload', postActions, (x, s) => postUpload(x, s, name)) };
    }
    case 'upload': {
      const { repositoryName: name, uploadId } = route;
      return {
        GET: read('GetUpload', [UPLOAD], (x, s) => getUpload(x, s, name, uploadId)),
        PATCH: change('PatchUpload', [UPLOAD], (x, s) => patchUpload(x, s, name, uploadId)),
        PUT: change('PutUpload', putActions, (x, s) => putUpload(x, s, name, uploadId)),
        DELETE: change('DeleteUpload', [UPLOAD], (x, s) => deleteUpload(x, s, name, uploadId)),
      };
    }
    case 'tags': {
      const { repositoryName: name } = route;
      return reading(read('ListTags', ['ecr:ListImages'], (x, s) => listTags(x, s, name)));
    }
    case 'referrers': {
      const { repositoryName: name, digest } = route;
      const list = read('ListReferrers', ['ecr:ListImageReferrers'], (x, s) =>
        listReferrers(x, s, name, digest),
      );
      return reading(list);
    }
  }
}
