// One key pair, one moment and a verifier over them, for the tests of signatures.

import { type Credential, rootPrincipal } from '../../src/domain/access/index.ts';
import { type FindAccessKey, makeSigV4Verifier, type RequestHead } from '../../src/http/auth/sigv4.ts';

export const NOW = Date.parse('2026-03-01T12:00:00Z');
export const principal = rootPrincipal('123456789012', 'AKIATEST');
export const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const keys: readonly Credential[] = [
  { accessKeyId: 'AKIATEST', secretAccessKey, principal },
  { accessKeyId: 'ASIATEST', secretAccessKey, principal, sessionToken: 'a-session+token/==' },
];

export type SignedRequest = RequestHead & { readonly body: Uint8Array };

const find: FindAccessKey = async (id) => keys.find(({ accessKeyId }) => accessKeyId === id);

/** Verifies head and body in one go. */
export function verifier(service = 'ecr', now = NOW, findAccessKey = find) {
  const begin = makeSigV4Verifier({ service, findAccessKey, now: () => now });
  return async (request: SignedRequest) => (await begin(request))(request.body);
}

export const text = (body: string) => Buffer.from(body);
