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

type Ran = ReturnType<typeof sendUnder>;

/** A program that fails on its own is no reason. */
function whyNotRun({ status, error, stderr }: Ran): string | false {
  if (error === undefined && status !== 77 && !stderr.startsWith('unshare:')) return false;
  return `needs a network of its own, and a kernel that has it: ${error?.message ?? stderr}`;
}

for (const [control, used] of [
  ['bbr', 'bbr reno'],
  ['reno', 'reno reno'],
  ['cubic', 'cubic cubic'],
] as const) {
  const ran = sendUnder(control);
  test(`under ${control} files are sent by ${used.replace(' ', ', within the machine by ')}`, {
    skip: whyNotRun(ran),
  }, () => {
    assert.equal(ran.stdout.trim(), used, ran.stderr);
  });
}
