// GetSessionToken: temporary credentials for the user or the root whose key asks.
import { operation } from '../operation.ts';
import { credentialsShape } from '../shapes.ts';

export const getSessionToken = operation('GetSessionToken', {
  permission: 'none',
  async handle(input, { principal, services }) {
    const session = await services.sts.getSessionToken({
      principal,
      durationSeconds: input.DurationSeconds,
      unsupported: { SerialNumber: input.SerialNumber, TokenCode: input.TokenCode },
    });
    return { Credentials: credentialsShape(session) };
  },
});
