// Copies of the working tree in which mutants are tried, so that the tree itself is never changed.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Checkout {
  write(file: string, text: string): void;
  /** Runs one test file in a process of its own, which ends with everything that it started. */
  run(test: string, options?: { readonly coverage?: string; readonly timeoutMs?: number }): Promise<TestRun>;
  remove(): void;
}

export interface TestRun {
  readonly outcome: 'passed' | 'failed' | 'timed out';
  readonly ms: number;
  /** The closing lines. */
  readonly output: string;
}

/** Output that is kept of a run, in characters. */
const OUTPUT_KEPT = 4000;

/** Copies what git knows of the tree at `root`, with its changes, and links its packages. */
export function makeCheckout(root: string): Checkout {
  const home = mkdtempSync(join(tmpdir(), 'sealport-mutate-'));
  const tree = join(home, 'tree');
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  for (const file of new Set(listed.split('\0'))) {
    if (file === '' || file === 'node_modules') continue;
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    cpSync(join(root, file), join(tree, file), { force: true });
  }
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));

  return {
    write: (file, text) => writeFileSync(join(tree, file), text),
    remove: () => rmSync(home, { recursive: true, force: true }),

    async run(test, { coverage, timeoutMs = 600_000 } = {}) {
      const scratch = mkdtempSync(join(home, 'tmp-'));
      const began = performance.now();
      const reporter = new URL('first-failure.ts', import.meta.url).href;
      const child = spawn(
        process.execPath,
        ['--test-reporter', reporter, '--test-reporter-destination', 'stdout', test],
        {
          cwd: tree,
          stdio: ['ignore', 'pipe', 'pipe'],
          // A process group of its own: servers that the test started end with it.
          detached: true,
          env: {
            ...process.env,
            TMPDIR: scratch,
            NODE_NO_WARNINGS: '1',
            ...(coverage === undefined ? {} : { NODE_V8_COVERAGE: coverage }),
          },
        },
      );
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          output = (output + text).slice(-OUTPUT_KEPT);
        });
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        killGroup(child.pid);
      }, timeoutMs);
      const [code] = (await once(child, 'exit')) as [number | null];
      clearTimeout(timer);
      killGroup(child.pid);
      rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
      return {
        outcome: isLate ? 'timed out' : code === 0 ? 'passed' : 'failed',
        ms: performance.now() - began,
        output,
      };
    },
  };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // Nobody is left.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
