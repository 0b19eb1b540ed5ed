import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  GetSigningConfigurationCommand,
  PutSigningConfigurationCommand,
  type SigningConfiguration,
} from '@aws-sdk/client-ecr';
import { CancelSigningProfileCommand } from '@aws-sdk/client-signer';
import { awsError, type SigningClients, signingClients } from '../../helpers/signing-clients.ts';
import { startServer } from '../../helpers/start-server.ts';

let server: Awaited<ReturnType<typeof startServer>>;
let clients: SigningClients;
let arn: string;
before(async () => {
  server = await startServer();
  clients = signingClients(server);
  arn = await clients.profile('release');
});
after(async () => {
  clients.close();
  await server.close();
});

const put = (signingConfiguration: SigningConfiguration) =>
  clients.ecr.send(new PutSigningConfigurationCommand({ signingConfiguration }));
const filters = (...values: string[]) =>
  values.map((filter) => ({ filter, filterType: 'WILDCARD_MATCH' as const }));

test('gives back exactly what was put, and replaces the whole document', async () => {
  const full = {
    rules: [
      { signingProfileArn: arn, repositoryFilters: filters('prod/*', 'b', 'a') },
      { signingProfileArn: arn },
      { signingProfileArn: arn, repositoryFilters: filters('prod/*') },
    ],
  };
  for (const configuration of [full, { rules: [] }, { rules: [{ signingProfileArn: arn }] }]) {
    const { $metadata: _, ...reply } = await put(configuration);
    assert.deepEqual(reply, { signingConfiguration: configuration });
    const shown = await clients.ecr.send(new GetSigningConfigurationCommand({}));
    assert.deepEqual(shown.signingConfiguration, configuration);
  }
});

test('takes ten rules with a hundred filters each', async () => {
  const rules = Array.from({ length: 10 }, (_, rule) => ({
    signingProfileArn: arn,
    repositoryFilters: filters(...Array.from({ length: 100 }, (_, i) => `r${rule}/*-${i}`)),
  }));
  assert.deepEqual((await put({ rules })).signingConfiguration, { rules });
});

test('refuses a rule whose profile cannot sign, and names the rule', async () => {
  const canceled = await clients.profile('over');
  await clients.signer.send(new CancelSigningProfileCommand({ profileName: 'over' }));
  const other = (text: string, by: string) => arn.replace(text, by);
  const cases: [string, RegExp][] = [
    [other('/release', '/nowhere'), /does not exist/],
    [canceled, /Canceled/],
    [other('us-east-1', 'eu-west-1'), /region/],
    [other('123456789012', '999999999999'), /another account/],
    [other('arn:aws:', 'arn:aws-cn:'), /partition/],
  ];
  await put({ rules: [] });
  for (const [signingProfileArn, text] of cases) {
    const { name, message } = await awsError(
      put({ rules: [{ signingProfileArn: arn }, { signingProfileArn }] }),
    );
    assert.equal(name, 'ValidationException', signingProfileArn);
    assert.match(message, /^Rule 2 /);
    assert.match(message, text);
  }
  const shown = await clients.ecr.send(new GetSigningConfigurationCommand({}));
  assert.deepEqual(shown.signingConfiguration, { rules: [] });
});

test('refuses what the model forbids', async () => {
  const rule = { signingProfileArn: arn };
  const bad: SigningConfiguration[] = [
    { rules: Array.from({ length: 11 }, () => rule) },
    { rules: [{ ...rule, repositoryFilters: [] }] },
    { rules: [{ ...rule, repositoryFilters: filters(...Array.from({ length: 101 }, (_, i) => `r${i}`)) }] },
    { rules: [{ ...rule, repositoryFilters: filters('UPPER') }] },
    { rules: [{ ...rule, repositoryFilters: filters('a--b') }] },
    { rules: [{ ...rule, repositoryFilters: filters('a'.repeat(257)) }] },
    { rules: [{ ...rule, repositoryFilters: [{ filter: 'a', filterType: 'OTHER' as 'WILDCARD_MATCH' }] }] },
    { rules: [{ signingProfileArn: `${arn}/0123456789` }] },
    { rules: [{ signingProfileArn: 'nonsense' }] },
  ];
  for (const configuration of bad) {
    const { name, message } = await awsError(put(configuration));
    assert.equal(name, 'InvalidParameterException', JSON.stringify(configuration).slice(0, 200));
    assert.match(message, /^Invalid parameter at '/);
  }
});

test('a configuration belongs to one region', async () => {
  await put({ rules: [{ signingProfileArn: arn }] });
  const elsewhere = signingClients(server, 'eu-west-1');
  try {
    const call = elsewhere.ecr.send(new GetSigningConfigurationCommand({}));
    assert.equal((await awsError(call)).name, 'SigningConfigurationNotFoundException');
  } finally {
    elsewhere.close();
  }
});
