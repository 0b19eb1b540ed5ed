import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Config } from './config.ts';
import { ConfigError } from './config-error.ts';
import { credentialsFile, openRootCredentials, readCredentialsFile } from './credentials.ts';
import { loadConfig } from './load.ts';

let directory: string;
let config: Config;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sealport-credentials-'));
  config = loadConfig({
    flags: { 'data-dir': directory },
    env: {},
    readFile: () => '',
    isTerminal: false,
  }).config;
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('openRootCredentials', () => {
  test('makes a key pair once and gives the same one afterwards', () => {
    const first = openRootCredentials(config);
    assert.match(first.accessKeyId, /^AKIA[A-Z2-7]{16}$/);
    assert.match(first.secretAccessKey, /^[A-Za-z0-9+/]{40}$/);
    assert.ok(first.origin === 'file' && first.created);
    const second = openRootCredentials(config);
    assert.ok(second.origin === 'file' && !second.created);
    assert.equal(second.secretAccessKey, first.secretAccessKey);
    assert.deepEqual(readdirSync(directory), ['credentials']);
  });

  test('writes a file that only its owner may read, in the form AWS clients know', () => {
    const { accessKeyId } = openRootCredentials(config);
    const path = credentialsFile(directory);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const content = readFileSync(path, 'utf8');
    assert.match(content, /^\[sealport\]$/m);
    assert.ok(content.includes(`aws_access_key_id = ${accessKeyId}\n`));
  });

  test('two registries never get the same pair', () => {
    const first = openRootCredentials(config);
    rmSync(credentialsFile(directory));
    const second = openRootCredentials(config);
    assert.notEqual(second.accessKeyId, first.accessKeyId);
    assert.notEqual(second.secretAccessKey, first.secretAccessKey);
  });

  test('prefers the pair of the environment and writes nothing', () => {
    const rootCredentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x'.repeat(40) };
    const given = openRootCredentials({ ...config, rootCredentials });
    assert.equal(given.origin, 'environment');
    assert.equal(given.accessKeyId, rootCredentials.accessKeyId);
    assert.deepEqual(readdirSync(directory), []);
  });
});

describe('readCredentialsFile', () => {
  function refused(content: string, mode = 0o600): string {
    const path = credentialsFile(directory);
    writeFileSync(path, content);
    chmodSync(path, mode);
    try {
      readCredentialsFile(path);
    } catch (error) {
      assert.ok(error instanceof ConfigError);
      return error.message;
    }
    return assert.fail('the file was accepted');
  }
  const whole = `[sealport]\naws_access_key_id=AKIAIOSFODNN7EXAMPLE\naws_secret_access_key=${'s'.repeat(40)}\n`;

  test('refuses a file that others may read', () => {
    assert.match(refused(whole, 0o640), /others may read it \(mode 0640\): run chmod 600/);
    assert.match(refused(whole, 0o604), /mode 0604/);
  });

  test('refuses a file without the profile, or with half a pair', () => {
    assert.match(refused(whole.replace('[sealport]', '[default]')), /has no profile \[sealport\]/);
    assert.match(refused('[sealport]\naws_access_key_id=AKIAIOSFODNN7EXAMPLE\n'), /has no profile/);
  });

  test('refuses a weak pair without repeating it', () => {
    const message = refused(
      '[sealport]\naws_access_key_id=AKIAIOSFODNN7EXAMPLE\naws_secret_access_key=hunter2\n',
    );
    assert.match(message, /aws_secret_access_key must be 32 to 256/);
    assert.ok(!message.includes('hunter2'));
  });

  test('refuses a file of absurd size', () => {
    assert.match(refused(`#${'x'.repeat(70_000)}`), /is no credentials file/);
  });

  test('gives nothing when there is no file', () => {
    assert.equal(readCredentialsFile(join(directory, 'missing')), undefined);
  });
});
