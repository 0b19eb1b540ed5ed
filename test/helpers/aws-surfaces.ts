// The AWS surfaces with every operation of their models offered, over HTTP. The pipeline is the product's own;
// the handlers are the test's.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeSigV4Verifier } from '../../src/http/auth/sigv4.ts';
import type { Service } from '../../src/http/aws/dispatch.ts';
import { makeJsonRpc } from '../../src/http/aws/json-rpc.ts';
import type { ServiceModel } from '../../src/http/aws/model.ts';
import {
  makeOperationFactory,
  type NotOfferedOperation,
  type OperationTypes,
} from '../../src/http/aws/operation.ts';
import { makeQuery } from '../../src/http/aws/query.ts';
import { makeRestJson } from '../../src/http/aws/rest-json.ts';
import * as ecrErrors from '../../src/http/ecr/errors.ts';
import { model as ecrModel } from '../../src/http/ecr/generated/model.ts';
import * as iamErrors from '../../src/http/iam/errors.ts';
import { model as iamModel } from '../../src/http/iam/generated/model.ts';
import { pickSurface } from '../../src/http/pick-surface.ts';
import { drainBody, makeBodyMemory } from '../../src/http/read-body.ts';
import * as signerErrors from '../../src/http/signer/errors.ts';
import { model as signerModel } from '../../src/http/signer/generated/model.ts';
import * as stsErrors from '../../src/http/sts/errors.ts';
import { model as stsModel } from '../../src/http/sts/generated/model.ts';
import type { RequestReport } from '../../src/http/surface.ts';
import type { Target } from './aws-request.ts';
import { authorizerFor } from './policies.ts';
import { principal, secretAccessKey } from './sigv4.ts';

export interface Surfaces {
  readonly target: Target;
  /** What reached a handler. */
  readonly reached: readonly { readonly name: string; readonly input: object }[];
  readonly reports: readonly RequestReport[];
  close(): Promise<void>;
}

export interface SurfacesOptions {
  /** What every handler answers; by default an empty output. */
  readonly handle?: (name: string) => object;
  readonly notOffered?: Readonly<Record<string, NotOfferedOperation>>;
}

export async function startSurfaces(options: SurfacesOptions = {}): Promise<Surfaces> {
  const reached: { name: string; input: object }[] = [];
  const reports: RequestReport[] = [];

  function service(prefix: 'ecr' | 'signer' | 'iam' | 'sts', model: ServiceModel) {
    const operation = makeOperationFactory<OperationTypes, object>(
      (_input, { account }) => `arn:aws:${prefix}:${account.region}:${account.accountId}:*`,
    );
    return {
      prefix,
      model,
      operations: {
        ...Object.fromEntries(
          Object.keys(model.operations).map((name) => [
            name,
            operation(name, async (input) => {
              reached.push({ name, input });
              return options.handle?.(name) ?? {};
            }),
          ]),
        ),
        ...options.notOffered,
      },
      services: {},
      verifier: makeSigV4Verifier({
        service: prefix,
        findAccessKey: async (accessKeyId) =>
          accessKeyId === 'AKIATEST' ? { accessKeyId, secretAccessKey, principal } : undefined,
        now: () => Date.now(),
      }),
      authorize: authorizerFor(() => []),
      bodies: { pace: { bytesPerSecond: 1024, paceMs: 30_000 }, memory: makeBodyMemory(64 * 1024 * 1024) },
      bodyLimits: { default: 1024 * 1024, UploadLayerPart: 28 * 1024 * 1024, PutImage: 12 * 1024 * 1024 },
    } satisfies Partial<Service<object>>;
  }

  const ecr = makeJsonRpc(
    { ...service('ecr', ecrModel), ...ecrErrors },
    'AmazonEC2ContainerRegistry_V20150921',
  );
  const iam = makeQuery({ ...service('iam', iamModel), ...iamErrors });
  const sts = makeQuery({ ...service('sts', stsModel), ...stsErrors });
  const signer = makeRestJson({ ...service('signer', signerModel), ...signerErrors });
  const server = createServer((request, response) => {
    const [path = '/'] = (request.url ?? '/').split('?', 1);
    const name = pickSurface(path, request);
    const surface = name === 'ecr' ? ecr : name === 'iam' ? iam : name === 'sts' ? sts : signer;
    const meta = {
      requestId: `request-${reports.length}`,
      audit: { requireReady: () => {}, record: async () => {} },
      sourceIp: '127.0.0.1',
      isEncrypted: false,
      report: (report: RequestReport) => reports.push(report),
    };
    // As the listener does.
    response.prependOnceListener('finish', () => drainBody(request));
    surface(request, response, meta).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    target: {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: { accessKeyId: 'AKIATEST', secretAccessKey },
    },
    reached,
    reports,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
