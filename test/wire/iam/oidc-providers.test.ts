import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  type IAMClient,
  ListOpenIDConnectProvidersCommand,
} from '@aws-sdk/client-iam';
import { iamClient, refusal } from '../../helpers/access-clients.ts';
import { startServer, type TestServer } from '../../helpers/start-server.ts';

let server: TestServer;
let iam: IAMClient;
before(async () => {
  server = await startServer();
  iam = iamClient(server);
});
after(async () => {
  iam.destroy();
  await server.close();
});

test('a provider is made, found, listed and deleted', async () => {
  const created = await iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: 'https://ci.example.com/tenant/',
      ClientIDList: ['sts.amazonaws.com'],
      ThumbprintList: ['A'.repeat(40)],
      Tags: [{ Key: 'a', Value: 'b' }],
    }),
  );
  const OpenIDConnectProviderArn = created.OpenIDConnectProviderArn ?? '';
  assert.equal(OpenIDConnectProviderArn, 'arn:aws:iam::123456789012:oidc-provider/ci.example.com/tenant');
  const found = await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
  assert.equal(found.Url, 'ci.example.com/tenant');
  assert.deepEqual(found.ClientIDList, ['sts.amazonaws.com']);
  assert.deepEqual(found.ThumbprintList, ['A'.repeat(40)]);
  assert.deepEqual(found.Tags, [{ Key: 'a', Value: 'b' }]);
  const { OpenIDConnectProviderList } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
  assert.deepEqual(OpenIDConnectProviderList, [{ Arn: OpenIDConnectProviderArn }]);
  await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
  await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
  const gone = iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
  assert.equal((await refusal(gone)).code, 'NoSuchEntity');
});

test('an issuer over http, on this machine or another, is refused unless the server allows it', async () => {
  for (const Url of ['http://127.0.0.1:8080', 'http://ci.example.com', 'https://ci.example.com:8443']) {
    const refused = await refusal(iam.send(new CreateOpenIDConnectProviderCommand({ Url })));
    assert.deepEqual([refused.code, refused.status], ['InvalidInput', 400], Url);
  }
});
