// What the kernel counts about a process with its threads and children: CPU time and memory.
import { readFileSync, writeFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

export interface ProcessTree {
  /** CPU seconds, user and system, of all processes. */
  cpuSeconds(): number;
  /** Resident memory now, MiB, of all processes together. */
  residentMiB(): number;
  /** The most that each had resident since its start or the last `forgetPeak`, added up; MiB. */
  peakMiB(): number;
  forgetPeak(): void;
}

function membersOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((text) => text.trim() !== '')
    .map(Number);
  return [pid, ...children.flatMap(membersOf)];
}

function sum(pid: number, of: (member: number) => number): number {
  return membersOf(pid)
    .map(of)
    .reduce((total, value) => total + value, 0);
}

function statusMiB(pid: number, field: string): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / 1024;
}

function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

export function processTree(pid: number): ProcessTree {
  return {
    cpuSeconds: () => sum(pid, cpuSecondsOf),
    residentMiB: () => sum(pid, (member) => statusMiB(member, 'VmRSS')),
    peakMiB: () => sum(pid, (member) => statusMiB(member, 'VmHWM')),
    forgetPeak() {
      // proc(5): 5 resets the peak resident set size to the current one.
      for (const member of membersOf(pid)) writeFileSync(`/proc/${member}/clear_refs`, '5');
    },
  };
}
