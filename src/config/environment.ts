// The only place that looks at the process around us: environment variables, terminal, files for the loader.
import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { ConfigInputs } from './load.ts';

/** The environment of this process, as it is now. */
export function processEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

/** Inputs of the loader for this process, given the flags of the command line. */
export function processInputs(
  flags: Readonly<Record<string, string | undefined>>,
  configFile?: string,
): ConfigInputs {
  return {
    flags,
    env: processEnvironment(),
    configFile,
    readFile: (path) => readFileSync(path, 'utf8'),
    isTerminal: isatty(1),
  };
}
