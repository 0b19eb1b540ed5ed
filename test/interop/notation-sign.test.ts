/**
 * notation as a signer of its own beside the registry's signing: with the referrers API and with the tag of those who
 * do without, in either form of a signature's manifest, in a repository that signs and whose tags are fixed.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { clientPath } from './harness/clients.ts';
import { type Descriptor, distribution } from './harness/distribution.ts';
import { fails, ok } from './harness/process.ts';
import { type SigningRegistry, signingRegistry } from './harness/registry.ts';
import { pushSmallImage, type SmallImage, smallImage } from './harness/small-image.ts';

const program = clientPath('notation');
const signatureType = 'application/vnd.cncf.notary.signature';
const key = 'builder.example';

interface SignatureManifest {
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly subject: Descriptor;
}

describe('notation sign', () => {
  let registry: SigningRegistry;
  let image: SmallImage;
  let env: Readonly<Record<string, string>>;
  let reference: string;
  const distributed = async () => distribution(registry.server.url, await registry.password());
  const tags = async (): Promise<readonly string[]> => {
    const authorization = `Basic ${Buffer.from(`AWS:${await registry.password()}`).toString('base64')}`;
    const list = await fetch(`${registry.server.url}/v2/signed/app/tags/list`, {
      headers: { authorization },
    });
    return ((await list.json()) as { tags: string[] }).tags;
  };
  const signaturesListed = async (): Promise<readonly string[]> =>
    (await ok(program, ['list', reference], { env })).match(/(?<=── )sha256:[0-9a-f]{64}/g) ?? [];

  before(async () => {
    registry = await signingRegistry();
    const config = join(registry.dir, 'config', 'notation');
    mkdirSync(config, { recursive: true });
    env = {
      HOME: registry.dir,
      XDG_CONFIG_HOME: join(registry.dir, 'config'),
      XDG_CACHE_HOME: join(registry.dir, 'cache'),
      NOTATION_USERNAME: 'AWS',
      NOTATION_PASSWORD: await registry.password(),
    };
    await ok(program, ['cert', 'generate-test', '--default', key], { env });
    const policy = {
      name: 'builder',
      registryScopes: ['*'],
      signatureVerification: { level: 'strict' },
      trustStores: [`ca:${key}`],
      trustedIdentities: ['*'],
    };
    writeFileSync(
      join(config, 'trustpolicy.json'),
      JSON.stringify({ version: '1.0', trustPolicies: [policy] }),
    );
    const repository = { repositoryName: 'signed/app', imageTagMutability: 'IMMUTABLE' } as const;
    await registry.ecr.send(new CreateRepositoryCommand(repository));
    image = await smallImage(registry.dir, 'image', 'to be signed twice over');
    await pushSmallImage(await distributed(), 'signed/app', image, '1.0');
    reference = `${registry.host}/signed/app@${image.digest}`;
    await registry.signed('signed/app', { imageTag: '1.0' });
  });
  after(() => registry.close());

  test('adds a signature through the referrers API, with no tag and none of ours on top', async (t) => {
    await ok(program, ['sign', '--force-referrers-tag=false', reference], { env });
    assert.deepEqual(await tags(), ['1.0']);
    const signatures = await signaturesListed();
    assert.equal(signatures.length, 2);
    for (const imageDigest of signatures) {
      assert.deepEqual(await registry.settled('signed/app', { imageDigest }), []);
    }
    await verifies(t, 'sign by referrers API');
  });

  test('adds two more by the tag of referrers, which may move although tags are fixed', async (t) => {
    await ok(program, ['sign', '--force-referrers-tag=true', reference], { env });
    await ok(program, ['sign', '--force-referrers-tag=true', '--signature-format', 'cose', reference], {
      env,
    });
    const fallback = image.digest.replace(':', '-');
    assert.deepEqual(await tags(), ['1.0', fallback]);
    assert.equal((await signaturesListed()).length, 4);
    // The list under the tag is bookkeeping, not an image: it is not signed.
    assert.deepEqual(await registry.settled('signed/app', { imageTag: fallback }), []);
    await verifies(t, 'sign by referrers tag');
  });

  test('finds signatures in either form of manifest', async (t) => {
    const { referrers, manifest, pushBlob, pushManifest } = await distributed();
    const listed = await referrers('signed/app', image.digest);
    let older = 0;
    for (const { digest } of listed) {
      const pushed = JSON.parse((await manifest('signed/app', digest)).toString('utf8')) as SignatureManifest;
      if (pushed.config.mediaType !== signatureType) continue;
      older += 1;
      // The newer form, which ours has, tells its type itself and has an empty configuration.
      const config = { ...pushed.config, mediaType: 'application/vnd.oci.empty.v1+json' };
      await pushBlob('signed/app', Buffer.from('{}'));
      const newer = { ...pushed, artifactType: signatureType, config };
      await pushManifest('signed/app', Buffer.from(JSON.stringify(newer)));
    }
    assert.equal(older, 3);
    const all = await referrers('signed/app', image.digest, signatureType);
    assert.equal(all.length, listed.length + older);
    assert.equal((await signaturesListed()).length, all.length);
    await verifies(t, 'both forms of manifest');
  });

  test('is told why it may not, and what is not there', async (t) => {
    const login = ['login', '--username', 'AWS', '--password-stdin', registry.host];
    assert.match(
      await fails(program, login, { env, input: 'wrong' }),
      /Your authorization token is invalid\. Log in with the user name AWS/,
    );
    // It asks with HEAD, whose answer has no text.
    const wrong = { ...env, NOTATION_PASSWORD: 'wrong' };
    assert.match(await fails(program, ['sign', reference], { env: wrong }), /401: Unauthorized/);
    const absent = [`${registry.host}/signed/app:nothing`, `${registry.host}/signed/none:1.0`];
    for (const nowhere of absent) {
      assert.match(await fails(program, ['sign', nowhere], { env }), /not found/);
    }
    t.diagnostic('scenario denied, absent');
  });

  const verifies = async (t: TestContext, scenario: string): Promise<void> => {
    await ok(program, ['verify', reference], { env });
    t.diagnostic(`scenario ${scenario}`);
  };
});
