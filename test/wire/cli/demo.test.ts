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
  let interrupted = false;
  child.stdout?.on('data', (text: string) => {
    seen += text;
    // Once: a second signal would end it at once, and the text comes in pieces.
    if (interrupted || !seen.includes('The server runs on until Ctrl-C')) return;
    interrupted = true;
    child.kill('SIGINT');
  });
  const { code, stdout, stderr } = await result;
  assert.equal(code, 0, stderr);
  const dataDir = /data in (\S+)/.exec(stdout)?.[1];
  assert.ok(dataDir !== undefined && !existsSync(dataDir));
});
