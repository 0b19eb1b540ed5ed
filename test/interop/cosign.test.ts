/**
 * cosign beside the registry's own signing: its signatures are kept both as referrers and under its tag, and are not
 * in each other's way with ours. Its verifier knows nothing of the Notary Project, and the other way about.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { clientPath } from './harness/clients.ts';
import { distribution } from './harness/distribution.ts';
import { fails, ok } from './harness/process.ts';
import { type SigningRegistry, signingRegistry } from './harness/registry.ts';
import { pushSmallImage, type SmallImage, smallImage } from './harness/small-image.ts';

describe('cosign', () => {
  const program = clientPath('cosign');
  let registry: SigningRegistry;
  let image: SmallImage;
  let reference: string;
  let env: Readonly<Record<string, string>>;
  const cosign = (...args: string[]): Promise<string> => ok(program, args, { env, cwd: registry.dir });
  const sign = ['sign', '--yes', '--key', 'cosign.key', '--tlog-upload=false'];
  const verify = ['verify', '--key', 'cosign.pub', '--insecure-ignore-tlog'];

  before(async () => {
    registry = await signingRegistry();
    env = {
      HOME: registry.dir,
      DOCKER_CONFIG: join(registry.dir, 'docker'),
      COSIGN_PASSWORD: 'of the key',
      COSIGN_EXPERIMENTAL: '1',
      // It asks for its public trust root although the key is ours; these tests leave the machine alone.
      HTTPS_PROXY: 'http://127.0.0.1:9',
    };
    await registry.createRepository('signed/app');
    image = await smallImage(registry.dir, 'image', 'to be signed by cosign');
    const distributed = distribution(registry.server.url, await registry.password());
    await pushSmallImage(distributed, 'signed/app', image, '1.0');
    await registry.signed('signed/app', { imageTag: '1.0' });
    reference = `${registry.host}/signed/app@${image.digest}`;
    await cosign('generate-key-pair');
  });
  after(() => registry.close());

  test('is refused with a wrong password, in words that help', async (t) => {
    const login = ['login', registry.host, '--username', 'AWS', '--password-stdin'];
    const asWho = { env, cwd: registry.dir };
    await ok(program, login, { ...asWho, input: 'wrong' });
    assert.match(
      await fails(program, [...sign, reference], asWho),
      /Your authorization token is invalid\. Log in with the user name AWS/,
    );
    await ok(program, login, { ...asWho, input: await registry.password() });
    t.diagnostic('scenario denied, login');
  });

  test('signs by a referrer: found through the API, and not signed itself', async (t) => {
    await cosign(...sign, '--registry-referrers-mode', 'oci-1-1', reference);
    await cosign(...verify, '--experimental-oci11', reference);
    const { referrers } = distribution(registry.server.url, await registry.password());
    const types = new Map(
      (await referrers('signed/app', image.digest)).map(({ artifactType, digest }) => [artifactType, digest]),
    );
    const imageDigest = types.get('application/vnd.dev.cosign.artifact.sig.v1+json');
    assert.ok(imageDigest !== undefined, [...types.keys()].join(' '));
    assert.ok(types.has('application/vnd.cncf.notary.signature'));
    assert.deepEqual(await registry.settled('signed/app', { imageDigest }), []);
    t.diagnostic('scenario sign and verify by referrer');
  });

  test('signs by a tag: that is an image of its own, so it gets a signature of ours as well', async (t) => {
    await cosign(...sign, reference);
    await cosign(...verify, reference);
    await registry.signed('signed/app', { imageTag: `${image.digest.replace(':', '-')}.sig` });
    t.diagnostic('scenario sign and verify by tag');
  });

  test('does not accept what nobody signed with its key', async () => {
    const distributed = distribution(registry.server.url, await registry.password());
    const other = await smallImage(registry.dir, 'other', 'signed by the registry alone');
    await pushSmallImage(distributed, 'signed/app', other, '2.0');
    await registry.signed('signed/app', { imageTag: '2.0' });
    const unsigned = `${registry.host}/signed/app@${other.digest}`;
    const said = await fails(program, [...verify, unsigned], { env, cwd: registry.dir });
    assert.match(said, /no signatures found/);
  });

  test('is told that a repository does not exist', async (t) => {
    const nowhere = `${registry.host}/signed/none@${image.digest}`;
    assert.match(
      await fails(program, [...sign, nowhere], { env, cwd: registry.dir }),
      /The repository with name 'signed\/none' does not exist in the registry with id '123456789012'/,
    );
    t.diagnostic('scenario absent');
  });
});
