// The certificate and key that a configuration names.
import { readFileSync } from 'node:fs';
import type { Config } from './config.ts';

export interface TlsTexts {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

/** undefined when TLS is off. Throws the system's error when a file cannot be read. */
export function readTls({ tls }: Pick<Config, 'tls'>): TlsTexts | undefined {
  if (tls === undefined) return undefined;
  return { cert: readFileSync(tls.certFile, 'utf8'), key: readFileSync(tls.keyFile, 'utf8') };
}
