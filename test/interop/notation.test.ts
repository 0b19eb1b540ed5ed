/**
 * notation, the reference verifier, without any plugin and at level strict: what sealport signed is accepted with
 * the trust that `sealport trust export` wrote; whatever was changed, is foreign or too old is refused.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PutSigningConfigurationCommand } from '@aws-sdk/client-ecr';
import { PutSigningProfileCommand } from '@aws-sdk/client-signer';
import { clientPath } from './harness/clients.ts';
import { containerTools } from './harness/container-tools.ts';
import { type Descriptor, distribution, sha256 } from './harness/distribution.ts';
import { layoutTag, realImage } from './harness/image.ts';
import { fails, ok, run } from './harness/process.ts';
import { reopenedToday, type SigningRegistry, signingRegistry } from './harness/registry.ts';

const program = clientPath('notation');

interface Manifest {
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}
interface SignatureManifest extends Manifest {
  readonly subject: Descriptor;
}

const parse = (bytes: Buffer): unknown => JSON.parse(bytes.toString('utf8'));

/** A home for notation whose trust is what the server exports; gives the environment. */
async function trusting(registry: SigningRegistry, name: string): Promise<Readonly<Record<string, string>>> {
  const home = join(registry.dir, name);
  const config = join(home, 'config', 'notation');
  mkdirSync(join(home, 'config'), { recursive: true });
  await registry.server.sealport('trust', 'export', '--dir', config);
  return {
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_CACHE_HOME: join(home, 'cache'),
    NOTATION_USERNAME: 'AWS',
    NOTATION_PASSWORD: await registry.password(),
  };
}

async function copyImage(registry: SigningRegistry, repository: string, ...flags: string[]): Promise<void> {
  await registry.createRepository(repository);
  const { env } = containerTools(join(registry.dir, 'tools'), registry.host);
  await ok(
    clientPath('skopeo'),
    [
      'copy',
      ...flags,
      '--dest-creds',
      `AWS:${await registry.password()}`,
      `oci:${await realImage()}:${layoutTag}`,
      `docker://${registry.host}/${repository}:1.0`,
    ],
    { env },
  );
}

describe('notation verify', () => {
  let registry: SigningRegistry;
  let env: Readonly<Record<string, string>>;
  let digest: string;

  before(async () => {
    registry = await signingRegistry();
    env = await trusting(registry, 'trusting');
    await copyImage(registry, 'signed/app', '--all');
    digest = await registry.signed('signed/app', { imageTag: '1.0' });
  });
  after(() => registry.close());

  const distributed = async () => distribution(registry.server.url, await registry.password());
  const signatureOf = async (repository: string, of: string) => {
    const { referrers, manifest } = await distributed();
    const found = await referrers(repository, of);
    assert.equal(found.length, 1);
    return parse(await manifest(repository, found[0]?.digest ?? '')) as SignatureManifest;
  };

  /** Stores the envelope in the repository and lets it refer to `subject`, as an attacker with push rights could. */
  const attach = async (
    repository: string,
    subject: Descriptor,
    like: SignatureManifest,
    envelope: Buffer,
  ) => {
    const { pushBlob, pushManifest } = await distributed();
    const envelopeDigest = await pushBlob(repository, envelope);
    await pushBlob(repository, Buffer.from('{}'));
    const layers = like.layers.map((layer) => ({ ...layer, digest: envelopeDigest, size: envelope.length }));
    await pushManifest(repository, Buffer.from(JSON.stringify({ ...like, layers, subject })));
  };

  test('the exported policy is strict', () => {
    const file = join(env['XDG_CONFIG_HOME'] ?? '', 'notation', 'trustpolicy.json');
    const policy = parse(readFileSync(file)) as { trustPolicies: { signatureVerification: unknown }[] };
    assert.deepEqual(
      policy.trustPolicies.map(({ signatureVerification }) => signatureVerification),
      [{ level: 'strict' }],
    );
  });

  test('accepts the index by digest and by tag, and each child by its digest', async () => {
    await ok(program, ['verify', `${registry.host}/signed/app@${digest}`], { env });
    await ok(program, ['verify', `${registry.host}/signed/app:1.0`], { env });
    const { manifest } = await distributed();
    const index = parse(await manifest('signed/app', digest)) as { manifests: Descriptor[] };
    for (const child of index.manifests) {
      await registry.signed('signed/app', { imageDigest: child.digest });
      await ok(program, ['verify', `${registry.host}/signed/app@${child.digest}`], { env });
    }
  });

  test('shows one signature by the profile with notation list and inspect', async () => {
    const image = `${registry.host}/signed/app@${digest}`;
    assert.equal((await ok(program, ['list', image], { env })).match(/── sha256:[0-9a-f]{64}/g)?.length, 1);
    const inspected = JSON.parse(await ok(program, ['inspect', '--output', 'json', image], { env })) as {
      Signatures?: { SignatureAlgorithm?: string; signatureAlgorithm?: string }[];
      signatures?: { signatureAlgorithm?: string }[];
    };
    const signatures = inspected.signatures ?? inspected.Signatures ?? [];
    assert.deepEqual(
      signatures.map(({ signatureAlgorithm }) => signatureAlgorithm),
      ['ECDSA-SHA-384'],
    );
  });

  test('refuses an image without a signature', async () => {
    await copyImage(registry, 'plain/app');
    const said = await fails(program, ['verify', `${registry.host}/plain/app:1.0`], { env });
    assert.match(said, /no signature is associated/i);
  });

  test('refuses an image changed by one byte that carries the signature of the original', async () => {
    const { manifest, pushBlob, pushManifest, blob } = await distributed();
    const original = parse(await manifest('plain/app', '1.0')) as Manifest;
    const config = await blob('plain/app', original.config.digest);
    const at = config.indexOf('/bin/bash') + 1;
    assert.ok(at > 0, 'the configuration names the command');
    config.writeUInt8(config.readUInt8(at) ^ 1, at);
    const changed = {
      ...original,
      config: { ...original.config, digest: await pushBlob('plain/app', config) },
    };
    const bytes = Buffer.from(JSON.stringify(changed));
    const changedDigest = await pushManifest('plain/app', bytes, 'changed');

    const like = await signatureOf('signed/app', digest);
    const envelope = await blob('signed/app', like.layers[0]?.digest ?? '');
    const subject = { mediaType: original.mediaType, digest: changedDigest, size: bytes.length };
    await attach('plain/app', subject, like, envelope);
    const said = await fails(program, ['verify', `${registry.host}/plain/app@${changedDigest}`], { env });
    assert.match(said, /signature verification failed|content descriptor mismatch/i);
  });

  test('refuses a signature changed by one byte, and accepts the same one unchanged', async () => {
    await copyImage(registry, 'mirror/good', '--all');
    await copyImage(registry, 'mirror/bad', '--all');
    const { blob } = await distributed();
    const like = await signatureOf('signed/app', digest);
    const envelope = await blob('signed/app', like.layers[0]?.digest ?? '');
    await attach('mirror/good', like.subject, like, envelope);
    await ok(program, ['verify', `${registry.host}/mirror/good:1.0`], { env });

    const jws = parse(envelope) as { signature: string };
    const first = jws.signature.startsWith('A') ? 'B' : 'A';
    const damaged = { ...jws, signature: first + jws.signature.slice(1) };
    await attach('mirror/bad', like.subject, like, Buffer.from(JSON.stringify(damaged)));
    const said = await fails(program, ['verify', `${registry.host}/mirror/bad:1.0`], { env });
    assert.match(said, /signature verification failed|signature is invalid/i);
  });

  test('refuses with the root of another registry', async () => {
    const other = await signingRegistry();
    try {
      const theirs = await trusting(other, 'trusting');
      const settings = { ...env, XDG_CONFIG_HOME: theirs['XDG_CONFIG_HOME'] ?? '' };
      const said = await fails(program, ['verify', `${registry.host}/signed/app@${digest}`], {
        env: settings,
      });
      assert.match(said, /signature verification failed|not.*trusted|authentic/i);
    } finally {
      await other.close();
    }
  });

  test('refuses a signature by a foreign certificate', async () => {
    await copyImage(registry, 'plain/foreign');
    const home = join(registry.dir, 'foreign');
    const foreign = { ...env, HOME: home, XDG_CONFIG_HOME: join(home, 'config') };
    mkdirSync(foreign.XDG_CONFIG_HOME, { recursive: true });
    await ok(program, ['cert', 'generate-test', '--default', 'foreign.example'], { env: foreign });
    const image = `${registry.host}/plain/foreign:1.0`;
    await ok(program, ['sign', '--force-referrers-tag=false', image], { env: foreign });
    assert.match(await fails(program, ['verify', image], { env }), /signature verification failed|trusted/i);
  });

  test('refuses when the store of the policy holds no certificate', async () => {
    const home = join(registry.dir, 'empty');
    cpSync(env['XDG_CONFIG_HOME'] ?? '', join(home, 'config'), { recursive: true });
    rmSync(join(home, 'config', 'notation', 'truststore'), { recursive: true });
    const settings = { ...env, HOME: home, XDG_CONFIG_HOME: join(home, 'config') };
    await fails(program, ['verify', `${registry.host}/signed/app@${digest}`], { env: settings });
  });
});

test('two of three rules match: two signatures on the index and on each child, and notation accepts', async () => {
  const registry = await signingRegistry();
  try {
    const second = await registry.signer.send(
      new PutSigningProfileCommand({ profileName: 'second', platformId: 'Notation-OCI-SHA384-ECDSA' }),
    );
    const third = await registry.signer.send(
      new PutSigningProfileCommand({ profileName: 'third', platformId: 'Notation-OCI-SHA384-ECDSA' }),
    );
    const rule = (arn: string | undefined, filter: string) => ({
      signingProfileArn: arn,
      repositoryFilters: [{ filter, filterType: 'WILDCARD_MATCH' as const }],
    });
    const rules = [
      rule(registry.profileArn, 'signed/*'),
      rule(second.arn, 'signed/app'),
      rule(third.arn, 'signed/other'),
    ];
    await registry.ecr.send(new PutSigningConfigurationCommand({ signingConfiguration: { rules } }));
    await copyImage(registry, 'signed/app', '--all');

    const { manifest, referrers } = distribution(registry.server.url, await registry.password());
    const index = await manifest('signed/app', '1.0');
    const children = (parse(index) as { manifests: Descriptor[] }).manifests.map((child) => child.digest);
    const env = await trusting(registry, 'trusting');
    for (const imageDigest of [sha256(index), ...children]) {
      const statuses = await registry.settled('signed/app', { imageDigest });
      assert.deepEqual(
        statuses.map(({ signingProfileArn, status }) => `${signingProfileArn} ${status}`).toSorted(),
        [`${registry.profileArn} COMPLETE`, `${second.arn} COMPLETE`],
      );
      assert.equal((await referrers('signed/app', imageDigest)).length, 2);
      await ok(program, ['verify', `${registry.host}/signed/app@${imageDigest}`], { env });
    }
    await ok(program, ['verify', `${registry.host}/signed/app:1.0`], { env });
  } finally {
    await registry.close();
  }
});

for (const variant of [
  { signingScheme: 'notary.x509', envelope: 'jws' },
  { signingScheme: 'notary.x509', envelope: 'cose' },
  { signingScheme: 'notary.x509.signingAuthority', envelope: 'cose' },
  { signingScheme: 'notary.x509.signingAuthority', envelope: 'jws', leaf: 'per-profile' },
]) {
  test(`notation verify accepts ${Object.values(variant).join(' + ')}`, async () => {
    const registry = await signingRegistry({ signingParameters: variant });
    try {
      await copyImage(registry, 'signed/app');
      await registry.signed('signed/app', { imageTag: '1.0' });
      const env = await trusting(registry, 'trusting');
      await ok(program, ['verify', `${registry.host}/signed/app:1.0`], { env });
    } finally {
      await registry.close();
    }
  });
}

describe('notation verify, ten days after a signature that was valid for one', () => {
  for (const signingScheme of ['notary.x509.signingAuthority', 'notary.x509']) {
    test(`refuses it under ${signingScheme}`, async () => {
      let registry = await signingRegistry({
        daysAgo: 10,
        validDays: 1,
        signingParameters: { signingScheme },
      });
      try {
        await copyImage(registry, 'signed/app');
        const digest = await registry.signed('signed/app', { imageTag: '1.0' });
        registry = await reopenedToday(registry);
        const env = await trusting(registry, 'trusting');
        const said = await fails(program, ['verify', `${registry.host}/signed/app@${digest}`], { env });
        assert.match(said, /signature verification failed/i);
        const why = await run(program, ['verify', '--verbose', `${registry.host}/signed/app@${digest}`], {
          env,
        });
        assert.match(why.stderr, /expired/i);
      } finally {
        await registry.close();
      }
    });
  }
});
