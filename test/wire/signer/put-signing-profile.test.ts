import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CancelSigningProfileCommand,
  GetSigningProfileCommand,
  PutSigningProfileCommand,
  type PutSigningProfileRequest,
} from '@aws-sdk/client-signer';
import { awsError, platformId, type SigningClients, signingClients } from '../../helpers/signing-clients.ts';
import { startServer } from '../../helpers/start-server.ts';

let server: Awaited<ReturnType<typeof startServer>>;
let clients: SigningClients;
before(async () => {
  server = await startServer();
  clients = signingClients(server);
});
after(async () => {
  clients.close();
  await server.close();
});

const put = (request: Partial<PutSigningProfileRequest>) =>
  clients.signer.send(new PutSigningProfileCommand({ profileName: 'unnamed', platformId, ...request }));

test('creates a profile and gives its ARNs and version', async () => {
  const made = await put({ profileName: 'release' });
  assert.match(made.profileVersion ?? '', /^[a-zA-Z0-9]{10}$/);
  assert.equal(made.arn, 'arn:aws:signer:us-east-1:123456789012:/signing-profiles/release');
  assert.equal(made.profileVersionArn, `${made.arn}/${made.profileVersion}`);
});

test('the same put again gives the same version; a different one is refused', async () => {
  const request = {
    profileName: 'again',
    signatureValidityPeriod: { value: 90, type: 'DAYS' as const },
    signingParameters: { envelope: 'cose' },
    tags: { team: 'a' },
  };
  const first = await put(request);
  assert.equal((await put(request)).profileVersion, first.profileVersion);
  for (const other of [
    { ...request, signatureValidityPeriod: { value: 91, type: 'DAYS' as const } },
    { ...request, signingParameters: {} },
    { ...request, tags: { team: 'b' } },
  ]) {
    const { name, message } = await awsError(put(other));
    assert.equal(name, 'ValidationException');
    assert.match(message, /again/);
  }
});

test('two puts of one name at the same time agree on one version', async () => {
  const both = await Promise.all([put({ profileName: 'race' }), put({ profileName: 'race' })]);
  assert.equal(both[0].profileVersion, both[1].profileVersion);
});

test('a canceled name gets a new version with its own tags', async () => {
  const first = await put({ profileName: 'phoenix', tags: { old: 'yes' } });
  await clients.signer.send(new CancelSigningProfileCommand({ profileName: 'phoenix' }));
  const second = await put({ profileName: 'phoenix', tags: { fresh: 'yes' } });
  assert.notEqual(second.profileVersion, first.profileVersion);
  const shown = await clients.signer.send(new GetSigningProfileCommand({ profileName: 'phoenix' }));
  assert.equal(shown.status, 'Active');
  assert.equal(shown.profileVersion, second.profileVersion);
  assert.deepEqual(shown.tags, { fresh: 'yes' });
});

test('what has no meaning is refused with the reason', async () => {
  const bad: [Partial<PutSigningProfileRequest>, RegExp][] = [
    [{ platformId: 'AWSLambda-SHA384-ECDSA' }, /Notation-OCI-SHA384-ECDSA/],
    [{ signatureValidityPeriod: { value: 136, type: 'MONTHS' } }, /135/],
    [{ signatureValidityPeriod: { value: 1 } }, /both value and type/],
    [
      { signingMaterial: { certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/x' } },
      /signingMaterial/,
    ],
    [{ overrides: { signingImageFormat: 'JSON' } }, /overrides/],
    [{ signingParameters: { envelope: 'xml' } }, /signingParameters\.envelope must be one of: jws, cose/],
    [{ signingParameters: { revocation: 'ocsp+crl' } }, /not offered yet/],
    [{ profileName: 'with-dash' }, /profile|pattern|expression/i],
    [
      { tags: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`t:${'x'.repeat(i)}`, 'v'])) },
      /50 tags/,
    ],
  ];
  for (const [request, text] of bad) {
    const { name, message } = await awsError(put(request));
    assert.equal(name, 'ValidationException', JSON.stringify(request));
    assert.match(message, text);
  }
});
