/** The lock file's completion: what it adds, what it leaves alone, what it refuses to guess. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completeLock, platformOf } from '../scripts/complete-lock.ts';

const tool = {
  version: '2.0.0',
  dev: true,
  optionalDependencies: { '@tool/cli-linux-x64': '2.0.0', '@tool/cli-linux-arm64-musl': '2.0.0' },
};

test('adds what is missing with version and platform, and changes nothing that is there', () => {
  const there = { version: '2.0.0', dev: true, optional: true, os: ['linux'], cpu: ['x64'] };
  const { lock, added } = completeLock({
    lockfileVersion: 3,
    packages: { '': {}, 'node_modules/@tool/cli-linux-x64': there, 'node_modules/tool': tool },
  });
  assert.deepEqual(added, ['@tool/cli-linux-arm64-musl']);
  assert.deepEqual(lock.packages, {
    '': {},
    'node_modules/@tool/cli-linux-arm64-musl': {
      version: '2.0.0',
      dev: true,
      optional: true,
      os: ['linux'],
      cpu: ['arm64'],
      libc: ['musl'],
    },
    'node_modules/@tool/cli-linux-x64': there,
    'node_modules/tool': tool,
  });
  assert.deepEqual(completeLock(lock), { lock, added: [] });
});

test('refuses a range, a name without a platform, and an unknown lock version', () => {
  const withOptional = (name: string, version: string) => ({
    lockfileVersion: 3,
    packages: { 'node_modules/tool': { version: '1.0.0', optionalDependencies: { [name]: version } } },
  });
  assert.throws(() => completeLock(withOptional('@tool/linux-x64', '^2.0.0')), /only exact versions/);
  assert.throws(() => completeLock(withOptional('fsevents', '2.3.3')), /no platform/);
  assert.throws(() => completeLock({ lockfileVersion: 2, packages: {} }), /version 2/);
});

test('reads the platform from the name', () => {
  assert.deepEqual(platformOf('@x/binding-linux-x64-gnu'), { os: ['linux'], cpu: ['x64'], libc: ['glibc'] });
  assert.deepEqual(platformOf('@x/binding-linux-arm-musleabihf'), {
    os: ['linux'],
    cpu: ['arm'],
    libc: ['musl'],
  });
  assert.deepEqual(platformOf('@x/cli-win32-x64'), { os: ['win32'], cpu: ['x64'] });
});
