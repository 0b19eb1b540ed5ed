import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { ended, runCli, startCli } from '../../helpers/run-cli.ts';

test('demo --exit pushes, is signed, verifies, and leaves nothing behind', async () => {
  const { code, stdout, stderr } = await runCli(['demo', '--exit', '--port', '0']);
  assert.equal(code, 0, stderr);
  assert.equal(stdout.match(/ COMPLETE /g)?.length, 3, stdout);
  assert.equal(stdout.match(/ verified /g)?.length, 3, stdout);
  const dataDir = /data in (\S+)/.exec(stdout)?.[1];
  assert.ok(dataDir !== undefined);
  assert.ok(!existsSync(dataDir));
});

test('demo goes on serving after the verification and ends in order when it is interrupted', async () => {
  const child = startCli(['demo', '--port', '0']);
  const result = ended(child);
  let seen = '';
  child.stdout?.on('data', (text: string) => {
    seen += text;
    if (seen.includes('The server runs on until Ctrl-C')) child.kill('SIGINT');
  });
  const { code, stdout } = await result;
  assert.equal(code, 0);
  const dataDir = /data in (\S+)/.exec(stdout)?.[1];
  assert.ok(dataDir !== undefined && !existsSync(dataDir));
});
