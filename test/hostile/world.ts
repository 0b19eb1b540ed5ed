// The server that hostile calls meet: names, images, profiles and identities that are there, made again when a call has
// removed them, so that calls with real names reach the code behind the checks.
import assert from 'node:assert/strict';
import { digestOf } from '../../src/shared/digest.ts';
import { OCI_CONFIG, OCI_MANIFEST } from '../../src/shared/media-types.ts';
import { ecrHeaders, formHeaders, type RawAnswer, type RawClient } from '../helpers/aws-request.ts';
import { blob, manifestOf, OCI_LAYER_GZIP, type TestBlob } from '../helpers/images.ts';
import { formBody, type Json } from '../helpers/model-inputs.ts';
import type { TestServer } from '../helpers/start-server.ts';
import type { World } from './calls.ts';

const REPOSITORIES = ['value', 'hostile/app', 'hostile/signed'];
const ACCOUNT = '123456789012';
const ALLOW_ALL = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['ecr:*', 'signer:*', 'sts:*'], Resource: '*' }],
});
const TRUST_ALL = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'sts:AssumeRole' },
  ],
});

/** Of what most uploads hold. */
const UPLOADED = digestOf(Buffer.from('layer'));

export interface HostileWorld extends World {
  /** Makes what is missing. */
  prepare(): Promise<void>;
}

/** `client` signs as the root of the server. */
export async function makeWorld(server: TestServer, client: RawClient): Promise<HostileWorld> {
  const { layers, manifest, config } = contents();
  const ecr = (operation: string, input: Json) =>
    client.send({ service: 'ecr', headers: ecrHeaders(operation), body: JSON.stringify(input) });
  const iam = (action: string, input: Json) =>
    client.send({ service: 'iam', headers: formHeaders, body: formBody(action, '2010-05-08', input) });

  async function prepare(): Promise<void> {
    for (const repositoryName of REPOSITORIES) {
      await ecr('CreateRepository', { repositoryName });
      await ecr('DeleteRepositoryPolicy', { repositoryName });
    }
    await ecr('DeleteRegistryPolicy', {});
    const profile = await client.send({
      service: 'signer',
      method: 'PUT',
      target: '/signing-profiles/hostile',
      body: JSON.stringify({ platformId: 'Notation-OCI-SHA384-ECDSA' }),
    });
    // A profile that was canceled or revoked stays so, and refuses.
    if (profile.status === 200) {
      const { arn } = JSON.parse(profile.text) as { arn: string };
      const rules = [
        {
          signingProfileArn: arn,
          repositoryFilters: [{ filter: 'hostile/signed', filterType: 'WILDCARD_MATCH' }],
        },
      ];
      await ecr('PutSigningConfiguration', { signingConfiguration: { rules } });
    }
    await iam('CreateUser', { UserName: 'hostile-user' });
    await iam('PutUserPolicy', {
      UserName: 'hostile-user',
      PolicyName: 'hostile-policy',
      PolicyDocument: ALLOW_ALL,
    });
    await iam('CreateGroup', { GroupName: 'hostile-group' });
    await iam('CreateRole', { RoleName: 'hostile-role', AssumeRolePolicyDocument: TRUST_ALL });
    await iam('CreatePolicy', { PolicyName: 'hostile-policy', PolicyDocument: ALLOW_ALL });
    for (const repositoryName of REPOSITORIES) {
      for (const each of [...layers, config]) await server.pushBlob(repositoryName, each);
      // A tag may have become immutable.
      await server.pushManifest(repositoryName, 'v1', manifest).catch(() => {});
    }
  }

  await prepare();
  const key = JSON.parse(
    JSON.stringify(accessKeyIn(await iam('CreateAccessKey', { UserName: 'hostile-user' }))),
  ) as World['credentials'][number];
  const digests = [...layers, config, manifest].map(({ digest }) => digest);
  return {
    host: `127.0.0.1:${server.port}`,
    credentials: [server.credentials, server.credentials, key],
    logins: [await server.login()],
    repositories: REPOSITORIES,
    digests: [...digests, UPLOADED, `sha256:${'0'.repeat(64)}`],
    blobs: [...layers, config].map(({ digest }) => digest),
    tags: ['v1', 'v2', 'latest', 'x'.repeat(128), `sha256-${'0'.repeat(64)}`],
    learned: new Map(),
    prepare,
  };
}

/** The same for every run, so that a seed makes the same calls. */
function contents() {
  const layers = ['layer one', 'layer two'].map((text) => blob(Buffer.from(text)));
  const config = blob(Buffer.from('{"architecture":"amd64","os":"linux"}'));
  const told = (mediaType: string, { digest, bytes }: TestBlob) => ({
    mediaType,
    digest,
    size: bytes.length,
  });
  const document = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: told(OCI_CONFIG, config),
    layers: layers.map((layer) => told(OCI_LAYER_GZIP, layer)),
  };
  return { layers, config, manifest: manifestOf(document, OCI_MANIFEST) };
}

function accessKeyIn({ text }: RawAnswer): World['credentials'][number] {
  const [, accessKeyId] = /<AccessKeyId>(.*?)</.exec(text) ?? [];
  const [, secretAccessKey] = /<SecretAccessKey>(.*?)</.exec(text) ?? [];
  assert.ok(accessKeyId !== undefined && secretAccessKey !== undefined, text);
  return { accessKeyId, secretAccessKey };
}
