import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { runCli } from '../../helpers/run-cli.ts';

test('demo --exit pushes, is signed, verifies, and leaves nothing behind', async () => {
  const { code, stdout, stderr } = await runCli(['demo', '--exit', '--port', '0']);
  assert.equal(code, 0, stderr);
  assert.equal(stdout.match(/ COMPLETE /g)?.length, 3, stdout);
  assert.equal(stdout.match(/ verified /g)?.length, 3, stdout);
  const dataDir = /data in (\S+)/.exec(stdout)?.[1];
  assert.ok(dataDir !== undefined);
  assert.ok(!existsSync(dataDir));
});
