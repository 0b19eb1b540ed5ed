import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CancelSigningProfileCommand,
  DescribeSigningJobCommand,
  SignPayloadCommand,
} from '@aws-sdk/client-signer';
import { fromPem } from '../../../src/domain/pki/index.ts';
import { verifySignature } from '../../../src/domain/signing/notary/index.ts';
import { awsError, type SigningClients, signingClients } from '../../helpers/signing-clients.ts';
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

const payloadFormat = 'application/vnd.cncf.notary.payload.v1+json';
const target = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${'ab'.repeat(32)}`,
  size: 1234,
};
const sign = (profileName: string, payload: string | Uint8Array, more: object = {}) =>
  clients.signer.send(
    new SignPayloadCommand({ profileName, payload: Buffer.from(payload), payloadFormat, ...more }),
  );

test('signs the payload byte for byte, with the attributes of the notation plugin', async () => {
  const profileArn = await clients.profile('payloads');
  const payload = `{ "targetArtifact": ${JSON.stringify(target)} }`;
  const { jobId, jobOwner, metadata, signature } = await sign('payloads', payload);
  assert.equal(jobOwner, '123456789012');
  const jobArn = `arn:aws:signer:us-east-1:123456789012:/signing-jobs/${jobId}`;
  assert.equal(metadata?.['com.amazonaws.signer.signingJob'], jobArn);
  const versionArn = metadata?.['com.amazonaws.signer.signingProfileVersion'] ?? '';
  assert.ok(versionArn.startsWith(`${profileArn}/`));

  const envelope = JSON.parse(Buffer.from(signature ?? []).toString('utf8')) as {
    payload: string;
    protected: string;
  };
  assert.equal(Buffer.from(envelope.payload, 'base64url').toString('utf8'), payload);
  const header = JSON.parse(Buffer.from(envelope.protected, 'base64url').toString('utf8')) as Record<
    string,
    unknown
  >;
  assert.equal(header['io.cncf.notary.signingScheme'], 'notary.x509.signingAuthority');
  assert.equal(header['io.cncf.notary.verificationPlugin'], 'com.amazonaws.signer.notation.plugin');
  assert.equal(header['com.amazonaws.signer.signingJob'], jobArn);
  assert.equal(header['com.amazonaws.signer.signingProfileVersion'], versionArn);

  const pem = await (await fetch(`${server.url}/trust/123456789012/root.pem`)).text();
  const verification = verifySignature({
    envelope: signature ?? Buffer.alloc(0),
    mediaType: 'application/jose+json',
    trustAnchors: fromPem(pem).map((certDer) => ({ type: 'signingAuthority', certDer })),
    trustedIdentities: [profileArn],
    artifact: target,
    now: Date.now(),
  });
  assert.ok(verification.verified, JSON.stringify(verification.checks));
});

test('the job is described as succeeded, with the end of the signature', async () => {
  await clients.profile('described');
  const { jobId } = await sign('described', JSON.stringify({ targetArtifact: target }));
  const job = await clients.signer.send(new DescribeSigningJobCommand({ jobId }));
  assert.equal(job.status, 'Succeeded');
  assert.equal(job.profileName, 'described');
  assert.equal(job.requestedBy, 'arn:aws:iam::123456789012:root');
  const months = 135 * 30.4375 * 86_400_000;
  const end = job.signatureExpiresAt?.getTime() ?? 0;
  assert.ok(Math.abs(end - Date.now() - months) < 3 * 86_400_000);
});

test('what is no payload is refused', async () => {
  await clients.profile('strict');
  const bad = [
    'not json',
    '{}',
    JSON.stringify({ targetArtifact: { ...target, digest: 'sha256:short' } }),
    JSON.stringify({ targetArtifact: { ...target, size: -1 } }),
    JSON.stringify({ targetArtifact: { ...target, annotations: { 'io.cncf.notary.x': 'y' } } }),
    Buffer.from([0xff, 0xfe]),
  ];
  for (const payload of bad)
    assert.equal((await awsError(sign('strict', payload))).name, 'ValidationException', String(payload));
  for (const more of [{ payloadFormat: 'text/plain' }, { payload: Buffer.alloc(4097, 'a') }])
    assert.equal(
      (await awsError(sign('strict', JSON.stringify({ targetArtifact: target }), more))).name,
      'ValidationException',
    );
});

test('an unknown profile, a canceled one and another account are refused', async () => {
  const payload = JSON.stringify({ targetArtifact: target });
  assert.equal((await awsError(sign('nowhere', payload))).name, 'ResourceNotFoundException');
  await clients.profile('canceled');
  await clients.signer.send(new CancelSigningProfileCommand({ profileName: 'canceled' }));
  const { name, message } = await awsError(sign('canceled', payload));
  assert.equal(name, 'ValidationException');
  assert.match(message, /Canceled/);
  const foreign = await awsError(sign('canceled', payload, { profileOwner: '999999999999' }));
  assert.equal(foreign.name, 'AccessDeniedException');
});
