// A profile's signingParameters: a free map, in which four keys are ours. Ours are checked when the profile is
// put, so that a job never meets a value that it cannot follow.
import { DomainError } from '../errors.ts';
import type { EnvelopeFormat, SigningScheme } from './notary/index.ts';

/** What the four keys say, defaults filled in. */
export interface SigningChoices {
  readonly scheme: SigningScheme;
  readonly envelope: EnvelopeFormat;
  readonly revocation: 'none';
  readonly leaf: 'per-signature' | 'per-profile';
}

const limits = { entries: 64, keyLength: 128, valueLength: 1024 };

/** Throws Validation for a value of ours that means nothing, or for a map that is too large. */
export function checkParameters(parameters: Readonly<Record<string, string>>): SigningChoices {
  const entries = Object.entries(parameters);
  if (entries.length > limits.entries)
    refuse(`signingParameters may hold ${limits.entries} entries; it holds ${entries.length}.`);
  for (const [key, value] of entries) {
    if (key.length === 0 || key.length > limits.keyLength)
      refuse(`A key of signingParameters must have 1 to ${limits.keyLength} characters.`);
    if (value.length > limits.valueLength)
      refuse(`The value of signingParameters.${key} is longer than ${limits.valueLength} characters.`);
  }
  return signingChoices(parameters);
}

/** The choices of a stored profile. Throws Validation when a value of ours means nothing. */
export function signingChoices(parameters: Readonly<Record<string, string>>): SigningChoices {
  const revocation = parameters['revocation'];
  if (revocation === 'ocsp+crl')
    refuse(
      "signingParameters.revocation 'ocsp+crl' is not offered yet: this server has no revocation endpoints to write into certificates. Use 'none', or leave it out.",
    );
  return {
    scheme: choose(parameters, 'signingScheme', ['notary.x509.signingAuthority', 'notary.x509']),
    envelope: choose(parameters, 'envelope', ['jws', 'cose']),
    revocation: choose(parameters, 'revocation', ['none']),
    leaf: choose(parameters, 'leaf', ['per-signature', 'per-profile']),
  };
}

function choose<T extends string>(
  parameters: Readonly<Record<string, string>>,
  key: string,
  allowed: readonly [T, ...T[]],
): T {
  const given = Object.hasOwn(parameters, key) ? parameters[key] : undefined;
  if (given === undefined) return allowed[0];
  const found = allowed.find((value) => value === given);
  if (found !== undefined) return found;
  return refuse(`signingParameters.${key} must be one of: ${allowed.join(', ')}.`);
}

function refuse(message: string): never {
  throw new DomainError('Validation', message, {});
}
