// IAM's refusals in IAM's words, each text in one place.
import { DomainError } from '../../errors.ts';
import type { IdentityKind } from '../types.ts';

export function noSuchIdentity(kind: IdentityKind, name: string): DomainError {
  return new DomainError('NoSuchEntity', `The ${kind} with name ${name} cannot be found.`, {});
}

export function noSuchInlinePolicy(kind: IdentityKind, name: string): DomainError {
  return new DomainError('NoSuchEntity', `The ${kind} policy with name ${name} cannot be found.`, {});
}

export function noSuchPolicy(arn: string): DomainError {
  return new DomainError('NoSuchEntity', `Policy ${arn} does not exist or is not attachable.`, {});
}

export function noSuchVersion(arn: string, version: string): DomainError {
  return new DomainError(
    'NoSuchEntity',
    `Policy ${arn} version ${version} does not exist or is not attachable.`,
    {},
  );
}

export function notAttached(arn: string): DomainError {
  return new DomainError('NoSuchEntity', `Policy ${arn} was not found.`, {});
}

export function noSuchAccessKey(id: string): DomainError {
  return new DomainError('NoSuchEntity', `The Access Key with id ${id} cannot be found.`, {});
}

export function noSuchProvider(arn: string): DomainError {
  return new DomainError('NoSuchEntity', `OpenIDConnect Provider not found for arn ${arn}`, {});
}

export function identityExists(kind: IdentityKind, name: string): DomainError {
  const noun = kind.charAt(0).toUpperCase() + kind.slice(1);
  return new DomainError('EntityAlreadyExists', `${noun} with name ${name} already exists.`, {});
}

export function policyExists(name: string): DomainError {
  const message = `A policy called ${name} already exists. Duplicate names are not allowed.`;
  return new DomainError('EntityAlreadyExists', message, {});
}

export function deleteConflict(message: string): DomainError {
  return new DomainError('DeleteConflict', message, {});
}

/** `quota` as IAM names it, e.g. `UsersPerAccount`. */
export function quotaExceeded(quota: string, limit: number): DomainError {
  return new DomainError('LimitExceeded', `Cannot exceed quota for ${quota}: ${limit}`, {});
}

export function invalidInput(message: string): DomainError {
  return new DomainError('Validation', message, {});
}
