#!/usr/bin/env node
// The entry of the command line. The exit code is set, not forced, so that output still reaches a pipe.
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Compiled code is kept beside the installed packages, where only who installed may write (never in the system's
// temporary directory, where others may). Halves the time to start; without the right to write it does nothing.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'sealport'));

// A reader that went away (`sealport status … | head`) is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

// Nobody is left who could be told.
process.stderr.on('error', () => {});

// After the cache is on, hence not at the top.
const [{ runProgram }, { makeTerminal }] = await Promise.all([
  import('./cli/program.ts'),
  import('./cli/terminal.ts'),
]);
process.exitCode = await runProgram(process.argv.slice(2), makeTerminal(process.stdout, process.stderr));
