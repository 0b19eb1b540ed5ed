// What the kernel is told about connections by which it sends files, in a network of the test's own, so that the
// machine's settings stay what they are.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const PROGRAM = join(import.meta.dirname, '..', 'helpers', 'pacing-of-sends.ts');

/** Runs the program where `control` is what connections begin with. */
function sendUnder(control: string) {
  const script =
    'ip link set lo up && echo "$1" > /proc/sys/net/ipv4/tcp_congestion_control || exit 77; exec "$2" "$3"';
  const args = ['--net', 'sh', '-c', script, 'sh', control, process.execPath, PROGRAM];
  return spawnSync('unshare', args, { encoding: 'utf8' });
}

function cannotChoose(control: string): string | false {
  const { status, error, stderr } = sendUnder(control);
  if (error === undefined && status === 0) return false;
  if (error === undefined && status !== 77 && !stderr.startsWith('unshare:')) return false;
  return `needs a network of its own with ${control}: ${error?.message ?? stderr}`;
}

for (const [control, used] of [
  ['bbr', 'bbr reno'],
  ['reno', 'reno reno'],
  ['cubic', 'cubic cubic'],
] as const)
  test(`under ${control} files are sent by ${used.replace(' ', ', within the machine by ')}`, {
    skip: cannotChoose(control),
  }, () => {
    const { stdout, stderr } = sendUnder(control);
    assert.equal(stdout.trim(), used, stderr);
  });
