import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, test } from 'node:test';
import { ConfigError } from './config-error.ts';
import { type ConfigInputs, loadConfig, registryHostFor, withListeningPort } from './load.ts';
import { describeConfig, printConfig } from './print.ts';
import { OPTION_KEYS, OPTIONS } from './schema.ts';

const SECRET = 'q7Jb2mZx8Lw4Rt6Yp1Nc3Vk5Hd9Gs0FaEeUuIiOo';

function inputs(
  given: { flags?: Record<string, string>; env?: Record<string, string>; yaml?: string; file?: string } = {},
): ConfigInputs {
  return {
    flags: given.flags ?? {},
    env: given.env ?? {},
    configFile: given.file ?? (given.yaml === undefined ? undefined : '/etc/sealport.yaml'),
    readFile: (path) => {
      if (path !== '/etc/sealport.yaml' || given.yaml === undefined)
        throw new Error(`ENOENT: no such file or directory, open '${path}'`);
      return given.yaml;
    },
    isTerminal: false,
  };
}

/** The message of the refusal; the test fails when there is none. */
function refusal(given: Parameters<typeof inputs>[0]): string {
  try {
    loadConfig(inputs(given));
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    assert.ok(!error.message.includes('\n'), 'the message is one line');
    return error.message;
  }
  return assert.fail('the configuration was accepted');
}

describe('loadConfig', () => {
  test('gives the documented defaults when nothing is said', () => {
    const { config } = loadConfig(inputs());
    assert.deepEqual(
      { ...config },
      {
        host: '127.0.0.1',
        port: 5050,
        dataDir: resolve('data'),
        publicUrl: 'http://localhost:5050',
        pkiUrl: 'http://localhost:5050',
        accountId: '123456789012',
        region: 'us-east-1',
        registryHost: 'localhost:5050',
        masterKeyFile: resolve('data', 'master.key'),
        maxConnections: 10_000,
        maxImagesPerRepository: 0,
        maxReferrersPerRepository: 1_000_000,
        referrersOfDeleted: 'delete',
        maxConnectionsPerAddress: 1000,
        trustedProxies: [],
        readThreads: 0,
        idleTime: 60_000,
        minBytesPerSecond: 1024,
        bodyMemory: 512 * 1024 * 1024,
        oidcLoopback: false,
        gcInterval: 3_600_000,
        gcGrace: 24 * 3_600_000,
        scrubInterval: 7 * 24 * 3_600_000,
        scrubRate: 16 * 1024 * 1024,
        audit: 'all',
        auditOnFailure: 'refuse',
        auditSync: 'second',
        auditKeep: 'all',
        logLevel: 'info',
        logFormat: 'json',
      },
    );
    assert.ok(Object.isFrozen(config));
  });

  test('takes limits as whole numbers in their ranges', () => {
    const yaml = 'max-connections: 20\nmin-bytes-per-second: 0';
    const { config } = loadConfig(
      inputs({ yaml, flags: { 'idle-time': '5s', 'max-connections-per-address': '0' } }),
    );
    assert.deepEqual(
      [config.maxConnections, config.minBytesPerSecond, config.idleTime, config.maxConnectionsPerAddress],
      [20, 0, 5000, 0],
    );
    for (const value of ['0', '-1', '1.5', '1e3', 'many', '1000001', '']) {
      assert.match(refusal({ flags: { 'max-connections': value } }), /^--max-connections: /);
    }
    assert.match(
      refusal({ env: { SEALPORT_BODY_MEMORY: '31MiB' } }),
      /^SEALPORT_BODY_MEMORY: "31MiB" must be at least 32MiB/,
    );
  });

  test('lets a flag win over the environment, and that over the file', () => {
    const yaml = 'port: 1\nregion: eu-west-1\naccount-id: "000000000001"\n';
    const { config, sources } = loadConfig(
      inputs({
        yaml,
        env: { SEALPORT_PORT: '2', SEALPORT_REGION: 'eu-west-2', PATH: '/bin' },
        flags: { port: '3' },
      }),
    );
    assert.equal(config.port, 3);
    assert.equal(config.region, 'eu-west-2');
    assert.equal(config.accountId, '000000000001');
    assert.equal(sources.port.kind, 'flag');
    assert.equal(sources.region.kind, 'environment');
    assert.deepEqual(sources.accountId, { kind: 'file', path: '/etc/sealport.yaml' });
    assert.equal(sources.host.kind, 'default');
  });

  test('derives the other addresses from the public URL', () => {
    const { config } = loadConfig(inputs({ flags: { 'public-url': 'http://registry.example.com:80/' } }));
    assert.equal(config.publicUrl, 'http://registry.example.com');
    assert.equal(config.pkiUrl, 'http://registry.example.com');
    assert.equal(config.registryHost, 'registry.example.com');
  });

  test('fills account and region into the registry host', () => {
    const { config } = loadConfig(
      inputs({ flags: { 'registry-host': '{account}.dkr.ecr.{region}.example.com' } }),
    );
    assert.equal(
      registryHostFor(config, '000000000001', 'eu-west-1'),
      '000000000001.dkr.ecr.eu-west-1.example.com',
    );
  });

  test('asks for an http PKI URL when clients come by https', () => {
    const tls = { 'tls-cert': '/c.pem', 'tls-key': '/k.pem' };
    assert.match(refusal({ flags: tls }), /^--pki-url: must be given when the public URL is https/);
    assert.match(
      refusal({ flags: { 'public-url': 'https://r.example.com' } }),
      /^--pki-url: must be given when the public URL is https/,
    );
    assert.match(refusal({ flags: { ...tls, 'pki-url': 'https://r.example.com' } }), /^--pki-url: /);
    const { config } = loadConfig(inputs({ flags: { ...tls, 'pki-url': 'http://pki.example.com' } }));
    assert.equal(config.publicUrl, 'https://localhost:5050');
    assert.deepEqual(config.tls, { certFile: '/c.pem', keyFile: '/k.pem' });
  });

  test('takes pairs whole or not at all', () => {
    assert.match(
      refusal({ flags: { 'tls-cert': '/c.pem' } }),
      /--tls-cert and --tls-key: give both or neither/,
    );
    assert.match(
      refusal({ env: { SEALPORT_ROOT_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE' } }),
      /SEALPORT_ROOT_ACCESS_KEY_ID and SEALPORT_ROOT_SECRET_ACCESS_KEY: give both or neither/,
    );
  });

  const badFlags: readonly [flag: string, value: string, reason: RegExp][] = [
    ['port', '65536', /must be a number from 0 to 65535/],
    ['port', '0x10', /must be a number/],
    ['port', '', /must not be empty/],
    ['host', 'local host', /must be an address or a host name/],
    ['public-url', 'localhost:5050', /must be a URL/],
    ['public-url', 'http://h/registry', /without a path/],
    ['public-url', 'http://user:pw@h', /must be a URL/],
    ['pki-url', 'ftp://h', /must be a URL/],
    ['account-id', '12345678901', /must be 12 digits/],
    ['region', 'EU', /must be a region name/],
    ['registry-host', 'http://h', /must be host\[:port\]/],
    ['registry-host', '{host}', /must be host\[:port\]/],
    ['database-url', 'postgres://h/db', /is not offered yet/],
    ['blobs-url', 's3://bucket', /is not offered yet/],
    ['log-level', 'loud', /must be one of trace, debug/],
    ['log-format', 'xml', /must be one of pretty, json/],
  ];
  for (const [flag, value, reason] of badFlags)
    test(`refuses --${flag} ${JSON.stringify(value)} by the name of the flag`, () => {
      const message = refusal({ flags: { [flag]: value } });
      assert.ok(message.startsWith(`--${flag}: `), message);
      assert.match(message, reason);
    });

  test('names the variable or the file that a bad value came from', () => {
    assert.match(refusal({ env: { SEALPORT_PORT: 'x' } }), /^SEALPORT_PORT: "x" must be a number/);
    assert.match(refusal({ yaml: 'port: x' }), /^port \(in \/etc\/sealport\.yaml\): "x" must be a number/);
    assert.match(refusal({ yaml: 'account-id: 000000000001' }), /put them in quotes/);
  });

  test('refuses unknown names and suggests the near one', () => {
    assert.match(refusal({ env: { SEALPORT_PROT: '1' } }), /^SEALPORT_PROT: .*did you mean SEALPORT_PORT\?/);
    assert.match(
      refusal({ env: { SEALPORT_SERVICE_HOST: '10.0.0.1' } }),
      /^SEALPORT_SERVICE_HOST: .*enableServiceLinks/,
    );
    assert.match(refusal({ yaml: 'data_dir: x' }), /^data_dir .*did you mean data-dir\?/);
  });

  test('takes the root key pair from the environment only', () => {
    assert.match(
      refusal({ yaml: 'root-access-key-id: x' }),
      /environment only, as SEALPORT_ROOT_ACCESS_KEY_ID/,
    );
    const { config } = loadConfig(
      inputs({
        env: {
          SEALPORT_ROOT_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
          SEALPORT_ROOT_SECRET_ACCESS_KEY: SECRET,
        },
      }),
    );
    assert.deepEqual(config.rootCredentials, {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: SECRET,
    });
  });

  test('never repeats a refused secret', () => {
    const message = refusal({
      env: { SEALPORT_ROOT_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', SEALPORT_ROOT_SECRET_ACCESS_KEY: 'short' },
    });
    assert.ok(!message.includes('short'), message);
    assert.match(message, /^SEALPORT_ROOT_SECRET_ACCESS_KEY: /);
  });

  test('says why a file cannot be used', () => {
    assert.match(refusal({ file: '/nowhere.yaml' }), /^--config: cannot read \/nowhere\.yaml: ENOENT/);
    assert.match(refusal({ env: { SEALPORT_CONFIG: '/x' } }), /^SEALPORT_CONFIG: cannot read \/x/);
    assert.match(refusal({ yaml: '- port' }), /must be a YAML mapping/);
    assert.match(refusal({ yaml: 'port: [1]' }), /^port .*must be a text or a number/);
    assert.match(refusal({ yaml: 'port: "1' }), /^--config: cannot read/);
  });

  test('accepts an empty file', () => {
    assert.equal(loadConfig(inputs({ yaml: '# nothing\n' })).config.port, 5050);
  });
});

describe('trusted proxies', () => {
  const given = (text: string) =>
    loadConfig(inputs({ flags: { 'trusted-proxies': text } })).config.trustedProxies;

  test('are addresses and networks, and none unless they are named', () => {
    assert.deepEqual(loadConfig(inputs({})).config.trustedProxies, []);
    assert.deepEqual(given('10.0.0.7, 10.1.0.0/16 fd00::/8,::1'), [
      '10.0.0.7',
      '10.1.0.0/16',
      'fd00::/8',
      '::1',
    ]);
    assert.deepEqual(given(''), []);
  });

  test('that are none stop the start with one line', () => {
    for (const odd of [
      'proxy.example.com',
      '10.0.0.7,10.0.0',
      '10.0.0.0/33',
      '0.0.0.0/0',
      '::/0',
      '10.0.0.7:80',
    ])
      assert.match(
        refusal({ flags: { 'trusted-proxies': odd } }),
        /^--trusted-proxies: .*must (not hold|be)[^\n]*$/,
      );
    const many = Array.from({ length: 257 }, (_, index) => `10.0.${index >> 8}.${index & 255}`).join();
    assert.match(refusal({ flags: { 'trusted-proxies': many } }), /at most 256/);
  });
});

describe('withListeningPort', () => {
  test('puts the real port where 0 was asked for', () => {
    const { config } = loadConfig(inputs({ flags: { port: '0' } }));
    const real = withListeningPort(config, 40123);
    assert.equal(real.port, 40123);
    assert.equal(real.publicUrl, 'http://localhost:40123');
    assert.equal(real.pkiUrl, 'http://localhost:40123');
    assert.equal(real.registryHost, 'localhost:40123');
  });

  test('leaves given addresses alone', () => {
    const { config } = loadConfig(
      inputs({ flags: { port: '0', 'public-url': 'http://r.example.com:8080' } }),
    );
    assert.equal(withListeningPort(config, 40123).publicUrl, 'http://r.example.com:8080');
  });
});

describe('printConfig', () => {
  const loaded = loadConfig(
    inputs({
      flags: { port: '6000' },
      env: { SEALPORT_ROOT_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', SEALPORT_ROOT_SECRET_ACCESS_KEY: SECRET },
    }),
  );

  test('masks secrets', () => {
    const text = printConfig(loaded) + JSON.stringify(describeConfig(loaded));
    assert.ok(!text.includes(SECRET));
    assert.match(text, /SEALPORT_ROOT_SECRET_ACCESS_KEY: "\*+"/);
  });

  test('can be given back as a file with the same result', () => {
    const again = loadConfig(inputs({ yaml: printConfig(loaded) }));
    const { rootCredentials, ...rest } = loaded.config;
    assert.ok(rootCredentials);
    assert.deepEqual({ ...again.config }, rest);
  });

  test('shows every option with its source', () => {
    const shown = describeConfig(loaded);
    assert.equal(shown.length, OPTION_KEYS.length);
    assert.equal(shown.find(({ option }) => option === 'port')?.source, 'flag');
    assert.equal(
      shown.find(({ option }) => option === OPTIONS.rootAccessKeyId.env)?.source,
      OPTIONS.rootAccessKeyId.env,
    );
  });
});
