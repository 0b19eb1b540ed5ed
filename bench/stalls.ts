// The worst single requests that each surface takes: how long one of them holds the event loop. Each is sent a few times
// to a server with nothing else to do; the figure is CPU time of the main thread between two turns of a timer.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCredentialsFile } from '../src/config/index.ts';
import { digestOf } from '../src/shared/digest.ts';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../src/shared/media-types.ts';
import { type Reach, reach } from '../test/helpers/data-directory/reach.ts';
import { blob } from '../test/helpers/images.ts';
import { type GaugedServer, startGaugedServer } from './gauged.ts';
import type { BenchOptions } from './report.ts';

const REPOSITORY = 'app';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const FOREIGN = 'application/vnd.oci.image.layer.nondistributable.v1.tar';
const MANIFEST_BYTES = 4 * 1024 * 1024;

interface Worst {
  readonly name: string;
  /** Sends the request and gives its status. */
  readonly send: () => Promise<number>;
}

const times = <T>(length: number, make: (n: number) => T): T[] => Array.from({ length }, (_, n) => make(n));
const layer = (mediaType: string, text: string) => ({
  mediaType,
  digest: digestOf(Buffer.from(text)),
  size: 1,
});

/** As many of the parts as fit a manifest. */
function filled(head: string, part: (n: number) => string, tail: string): string {
  const parts: string[] = [];
  for (let n = 0, left = MANIFEST_BYTES - 1000 - head.length - tail.length; ; n += 1) {
    const text = part(n);
    left -= text.length + 1;
    if (left < 0) return `${head}${parts.join(',')}${tail}`;
    parts.push(text);
  }
}

export async function benchStalls({ quick, report }: BenchOptions): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'sealport-stalls-'));
  const server = await startGaugedServer(join(directory, 'data'));
  try {
    const credentials = readCredentialsFile(join(server.dataDir, 'credentials'));
    if (credentials === undefined) throw new Error('the server made no credentials');
    const by = reach({ url: server.url, now: Date.now }, credentials);
    const rounds = quick ? 1 : 3;
    for (const { name, send } of await worstRequests(server, by)) {
      const stalls: number[] = [];
      let status = 0;
      for (let round = 0; round < rounds; round += 1) {
        const cost = await server.costOf(async () => {
          status = await send();
        });
        stalls.push(Math.round(cost.longestStallMs));
      }
      report.note(name, {
        status,
        'longest stall, ms': stalls.sort((a, b) => a - b)[Math.floor(stalls.length / 2)] ?? 0,
      });
    }
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function worstRequests(server: GaugedServer, by: Reach): Promise<readonly Worst[]> {
  const authorization = await by.login();
  let pushes = 0;
  const send = async (method: string, path: string, type?: string, body?: string | Uint8Array) => {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      headers: { authorization, ...(type === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body: Buffer.from(body) }),
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  /** Under a new tag, and new bytes each time: white space does not count. */
  const push = (text: string, type = OCI_MANIFEST) => {
    pushes += 1;
    const fresh = `${text.trimEnd().slice(0, -1)}${' '.repeat(pushes)}}`;
    return send('PUT', `/v2/${REPOSITORY}/manifests/t${pushes}`, type, fresh);
  };
  const ecr = async (operation: string, input: object | string) => (await by.ecr(operation, input)).status;

  await by.ecr('CreateRepository', { repositoryName: REPOSITORY });
  await by.pushBlob(REPOSITORY, blob(Buffer.from('config')));
  await by.pushBlob(REPOSITORY, blob(Buffer.from('layer')));
  const config = layer(OCI_CONFIG, 'config');
  const image = (layers: readonly object[]) =>
    JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers });
  const start = `{"schemaVersion":2,"mediaType":"${OCI_MANIFEST}","config":${JSON.stringify(config)},"layers":[],`;
  const small = image([]);
  const child = { mediaType: OCI_MANIFEST, digest: digestOf(Buffer.from(small)), size: small.length };
  await send('PUT', `/v2/${REPOSITORY}/manifests/child`, OCI_MANIFEST, small);

  // A subject with as many and as large referrers as a page has.
  for (let n = 0; n < 100; n += 1) {
    await push(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config,
        layers: [],
        subject: child,
        annotations: Object.fromEntries(times(1900, (at) => [`k${at}`, 'x'.repeat(20)])),
        n,
      }),
    );
  }
  // Manifests as large as they may be, to be read together.
  const large = times(8, (n) => `${start}"n":${n},"x":"${'\\"'.repeat(MANIFEST_BYTES / 2 - 400)}"}`);
  for (const [n, text] of large.entries())
    await send('PUT', `/v2/${REPOSITORY}/manifests/large${n}`, OCI_MANIFEST, text);
  const digestsOfLarge = large.map((text) => digestOf(Buffer.from(text)));
  // Images with as many and as long tags as there may be.
  const longTag = (n: number, at: number) => `${n}-${at}-`.padEnd(128, 'x');
  const tagged = times(20, (n) => `${small.slice(0, -1)},"tagged":${n}}`);
  for (const [n, text] of tagged.entries())
    for (let at = 0; at < 1000; at += 100) {
      const query = times(100, (more) => `tag=${longTag(n, at + more)}`);
      // A request line has 8 KiB.
      for (let part = 0; part < 100; part += 50)
        await send(
          'PUT',
          `/v2/${REPOSITORY}/manifests/${digestOf(Buffer.from(text))}?${query.slice(part, part + 50).join('&')}`,
          OCI_MANIFEST,
          text,
        );
    }

  const statement = (n: number) => ({
    Sid: `s${n}`,
    Effect: 'Allow',
    Action: `ecr:*?*?*a${n}`,
    Resource: times(4, (m) => `arn:aws:ecr:*:*:repository/*a*b*c${m}*`),
    Condition: { StringLike: { [`aws:RequestTag/k${n}`]: `*a*b*c${n}*` } },
  });
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: times(20, statement) });
  await by.form('iam', 'CreateUser', { UserName: 'worst' });
  const entries = (name: string, all: readonly string[]) =>
    Object.fromEntries(all.map((text, n) => [`${name}.member.${n + 1}`, text]));

  return [
    {
      name: 'manifest: annotations',
      send: () => push(filled(`${start}"annotations":{`, (n) => `"${n.toString(36)}":""`, '}}')),
    },
    {
      name: 'manifest: as many annotations as are allowed',
      send: () =>
        push(
          `${start}"annotations":{${times(1990, (n) => `"${n.toString(36)}":"${'x'.repeat(2000)}"`).join(',')}}}`,
        ),
    },
    {
      name: 'manifest: as many members as are allowed',
      send: () =>
        push(
          `${start}"x":[${times(33, (m) => `{${times(1980, (n) => `"${m}-${n}":0`).join(',')}}`).join(',')}]}`,
        ),
    },
    {
      name: 'manifest: a number of 4 MiB',
      send: () => push(`${start}"x":${'7'.repeat(MANIFEST_BYTES - 2000)}}`),
    },
    {
      name: 'manifest: many members',
      send: () => push(filled(`${start}"x":{`, (n) => `"${n.toString(36)}":0`, '}}')),
    },
    { name: 'manifest: many values', send: () => push(filled(`${start}"x":[`, () => '0', ']}')) },
    {
      name: 'manifest: as many values as are allowed',
      send: () => push(`${start}"x":[${'0,'.repeat(130_000)}0]}`),
    },
    { name: 'manifest: many objects', send: () => push(filled(`${start}"x":[`, (n) => `{"a":${n}}`, ']}')) },
    { name: 'manifest: one long text', send: () => push(`${start}"x":"${'\\u0000'.repeat(690_000)}"}`) },
    {
      name: 'manifest: long numbers',
      send: () => push(filled(`${start}"x":[`, () => '1'.repeat(1000), ']}')),
    },
    {
      name: 'manifest: foreign layers',
      send: () => push(image(times(4096, (n) => layer(FOREIGN, `f${pushes} ${n}`)))),
    },
    { name: 'manifest: missing layers', send: () => push(image(times(4096, (n) => layer(LAYER, `m${n}`)))) },
    {
      name: 'manifest: one layer many times',
      send: () => push(image(times(4096, () => layer(LAYER, 'layer')))),
    },
    {
      name: 'manifest: large descriptors',
      send: () =>
        push(
          image(
            times(4000, (n) => ({
              ...layer(FOREIGN, `d${n}`),
              annotations: Object.fromEntries(times(10, (m) => [`a${m}`, 'x'.repeat(60)])),
            })),
          ),
        ),
    },
    {
      name: 'index: missing children',
      send: () =>
        push(
          JSON.stringify({
            schemaVersion: 2,
            mediaType: OCI_INDEX,
            manifests: times(4096, (n) => layer(OCI_MANIFEST, `c${n}`)),
          }),
          OCI_INDEX,
        ),
    },
    {
      name: 'referrers: a full page',
      send: () => send('GET', `/v2/${REPOSITORY}/referrers/${child.digest}`),
    },
    {
      name: 'ListImageReferrers: a full page',
      send: () =>
        ecr('ListImageReferrers', {
          repositoryName: REPOSITORY,
          subjectId: { imageDigest: child.digest },
          maxResults: 50,
        }),
    },
    {
      name: 'BatchGetImage: the largest manifests',
      send: () =>
        ecr('BatchGetImage', {
          repositoryName: REPOSITORY,
          imageIds: digestsOfLarge.slice(0, 1).map((imageDigest) => ({ imageDigest })),
        }),
    },
    {
      name: 'DescribeImages: many tags',
      send: () => ecr('DescribeImages', { repositoryName: REPOSITORY, maxResults: 1000 }),
    },
    {
      name: 'DescribeImages: many tags, by digest',
      send: () =>
        ecr('DescribeImages', {
          repositoryName: REPOSITORY,
          imageIds: times(100, (n) => ({ imageDigest: digestOf(Buffer.from(tagged[n % 20] ?? '')) })),
        }),
    },
    {
      name: 'PutImage: the largest manifest',
      send: () =>
        ecr('PutImage', {
          repositoryName: REPOSITORY,
          imageTag: `p${(pushes += 1)}`,
          imageManifest: `${start}"x":"${'\\"'.repeat(MANIFEST_BYTES / 2 - 400)}","n":${pushes}}`,
        }),
    },
    {
      name: 'PutImage: the largest body',
      send: () =>
        ecr(
          'PutImage',
          `{"repositoryName":"${REPOSITORY}","imageManifest":"${'\\u0020'.repeat(2_090_000)}"}`,
        ),
    },
    {
      name: 'ECR: many values',
      send: () => ecr('DescribeRegistry', `{"x":[${'{},'.repeat(24_000)}{}]}`),
    },
    {
      name: 'UploadLayerPart: the largest part',
      send: async () => {
        const { body } = await by.ecr('InitiateLayerUpload', { repositoryName: REPOSITORY });
        const layerPartBlob = Buffer.alloc(20 * 1024 * 1024, 7).toString('base64');
        return ecr('UploadLayerPart', {
          repositoryName: REPOSITORY,
          uploadId: body['uploadId'],
          partFirstByte: 0,
          partLastByte: 20 * 1024 * 1024 - 1,
          layerPartBlob,
        });
      },
    },
    {
      name: 'BatchCheckLayerAvailability: as many as may be',
      send: () =>
        ecr('BatchCheckLayerAvailability', {
          repositoryName: REPOSITORY,
          layerDigests: times(100, (n) => digestOf(Buffer.from(String(n)))),
        }),
    },
    {
      name: 'SetRepositoryPolicy: hostile patterns',
      send: () =>
        ecr('SetRepositoryPolicy', {
          repositoryName: REPOSITORY,
          policyText: JSON.stringify({
            Version: '2012-10-17',
            Statement: times(40, (n) => ({ Effect: 'Allow', Principal: '*', Action: `ecr:*?*a${n}` })),
          }),
        }),
    },
    {
      name: 'SimulatePrincipalPolicy: actions x resources x policies',
      send: async () =>
        (
          await by.form('iam', 'SimulatePrincipalPolicy', {
            PolicySourceArn: 'arn:aws:iam::123456789012:user/worst',
            MaxItems: '1000',
            ...entries(
              'ActionNames',
              times(100, (n) => `ecr:Action${n}${'aA'.repeat(20)}`),
            ),
            ...entries(
              'ResourceArns',
              times(100, (n) => `arn:aws:ecr:us-east-1:123456789012:repository/${'ab'.repeat(100)}${n}`),
            ),
            ...entries(
              'PolicyInputList',
              times(20, () => policy),
            ),
          })
        ).status,
    },
    {
      name: 'PutUserPolicy: the largest body',
      send: async () =>
        (
          await by.form('iam', 'PutUserPolicy', {
            UserName: 'worst',
            PolicyName: 'p',
            PolicyDocument: `{"Version":"2012-10-17","Statement":[${'{"Effect":"Allow","Action":"*","Resource":"*"},'.repeat(2700)}{}]}`,
          })
        ).status,
    },
    {
      name: 'IAM: a form of many parameters',
      send: async () =>
        (
          await by.form(
            'iam',
            'ListUsers',
            Object.fromEntries(times(3990, (n) => [`a.b.c.d.e.f.g.h.i.j.${n}`, '%'.repeat(20)])),
          )
        ).status,
    },
    {
      name: 'STS: the largest unsigned token',
      send: async () =>
        (
          await by.form(
            'sts',
            'AssumeRoleWithWebIdentity',
            {
              RoleArn: 'arn:aws:iam::123456789012:role/none',
              RoleSessionName: 'abc',
              WebIdentityToken: `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${'e30'.repeat(6000)}.x`,
            },
            true,
          )
        ).status,
    },
    {
      name: 'Signer: the largest payload',
      send: async () =>
        (
          await by.signer('POST', '/signing-jobs/with-payload', {
            profileName: 'none_1',
            payloadFormat: 'application/vnd.cncf.notary.payload.v1+json',
            payload: 'A'.repeat(240_000),
          })
        ).status,
    },
    {
      name: 'BatchDeleteImage: many tags',
      send: () =>
        ecr('BatchDeleteImage', {
          repositoryName: REPOSITORY,
          imageIds: tagged.map((text) => ({ imageDigest: digestOf(Buffer.from(text)) })),
        }),
    },
  ];
}
