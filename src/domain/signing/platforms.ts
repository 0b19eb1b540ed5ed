// The one signing platform that is offered.
import { DomainError } from '../errors.ts';
import type { PlatformsDoor, SigningPlatform } from './signing.ts';
import { NOTATION_PLATFORM } from './types.ts';

export const notationPlatform: SigningPlatform = {
  platformId: NOTATION_PLATFORM,
  displayName: 'Notation for container registries',
  partner: 'Notation',
  target: 'OCI',
};

export const platforms: PlatformsDoor = {
  list: ({ partner, target }) =>
    (partner === undefined || partner === notationPlatform.partner) &&
    (target === undefined || target === notationPlatform.target)
      ? [notationPlatform]
      : [],
  get(platformId) {
    if (platformId === notationPlatform.platformId) return notationPlatform;
    throw new DomainError(
      'SigningPlatformNotFound',
      `The signing platform '${platformId}' does not exist. This server offers ${NOTATION_PLATFORM}.`,
      {},
    );
  },
};
