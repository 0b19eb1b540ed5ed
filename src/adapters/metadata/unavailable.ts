// What a client is told when the database cannot take or give records; the cause is for the log.
import { DomainError } from '../../domain/errors.ts';

export function unavailable(
  cause: unknown,
  reason = 'The records of the registry cannot be used now',
): DomainError<'StorageUnavailable'> {
  return new DomainError('StorageUnavailable', `${reason}; try again later.`, {}, { cause });
}

export function damagedRecords(cause: unknown): DomainError<'StorageUnavailable'> {
  const message = 'The records of the registry are damaged and cannot be used for this; its log tells more.';
  return new DomainError('StorageUnavailable', message, {}, { cause });
}
