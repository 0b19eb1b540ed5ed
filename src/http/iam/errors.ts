// The domain's refusals in IAM's words. An error that an operation does not declare becomes a ValidationError.
import type { DomainError, DomainErrorCode } from '../../domain/errors.ts';
import type { Operations } from './generated/types.ts';

/** The names that operations declare, and those that all may answer with. */
type IamError =
  | Operations[keyof Operations]['errors']
  | 'AccessDeniedException'
  | 'ThrottlingException'
  | 'ValidationException';

const codes: Readonly<Partial<Record<DomainErrorCode, IamError>>> = {
  AccessDenied: 'AccessDeniedException',
  Throttled: 'ThrottlingException',
  InvalidParameter: 'InvalidInputException',
  Validation: 'InvalidInputException',
  MalformedPolicy: 'MalformedPolicyDocumentException',
  LimitExceeded: 'LimitExceededException',
  NoSuchEntity: 'NoSuchEntityException',
  EntityAlreadyExists: 'EntityAlreadyExistsException',
  DeleteConflict: 'DeleteConflictException',
  PolicyNotAttachable: 'PolicyNotAttachableException',
  IdentityProviderUnreachable: 'OpenIdIdpCommunicationErrorException',
};

export const internalError: IamError = 'ServiceFailureException';

/** What other areas refuse reaches no operation here. */
export function renderDomainError(error: DomainError): { readonly code: IamError } {
  return { code: codes[error.code] ?? internalError };
}

export const commonErrors: readonly IamError[] = [
  'AccessDeniedException',
  'ThrottlingException',
  'ValidationException',
];

export const invalidInputErrors: readonly IamError[] = ['ValidationException'];
