#!/usr/bin/env node
// The entry of the command line. The exit code is set, not forced, so that output still reaches a pipe.
import { runProgram } from './cli/program.ts';
import { makeTerminal } from './cli/terminal.ts';

// A reader that went away (`sealport status … | head`) is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runProgram(process.argv.slice(2), makeTerminal(process.stdout, process.stderr));
