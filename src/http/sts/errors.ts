// The domain's refusals in STS's words. An error that an operation does not declare becomes a ValidationError.
import type { DomainError, DomainErrorCode } from '../../domain/errors.ts';
import type { Operations } from './generated/types.ts';

/** The names that operations declare, and those that all may answer with. */
type StsError =
  | Operations[keyof Operations]['errors']
  | 'AccessDeniedException'
  | 'ThrottlingException'
  | 'ValidationException'
  | 'InternalFailure';

const codes: Readonly<Partial<Record<DomainErrorCode, StsError>>> = {
  AccessDenied: 'AccessDeniedException',
  Throttled: 'ThrottlingException',
  LimitExceeded: 'ThrottlingException',
  InvalidParameter: 'ValidationException',
  Validation: 'ValidationException',
  MalformedPolicy: 'MalformedPolicyDocumentException',
  NoSuchEntity: 'ValidationException',
  PackedPolicyTooLarge: 'PackedPolicyTooLargeException',
  InvalidIdentityToken: 'InvalidIdentityTokenException',
  ExpiredIdentityToken: 'ExpiredTokenException',
  RejectedIdentityToken: 'IDPRejectedClaimException',
  IdentityProviderUnreachable: 'IDPCommunicationErrorException',
};

export const internalError: StsError = 'InternalFailure';

/** What other areas refuse reaches no operation here. */
export function renderDomainError(error: DomainError): { readonly code: StsError } {
  return { code: codes[error.code] ?? internalError };
}

export const commonErrors: readonly StsError[] = [
  'AccessDeniedException',
  'ThrottlingException',
  'ValidationException',
];

export const invalidInputErrors: readonly StsError[] = ['ValidationException'];
