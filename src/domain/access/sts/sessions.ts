// Temporary credentials: made here, for a role or for whoever asked with a long-term key. They are kept until they
// end; what they may is asked anew at each use, so that they stop with their role, their user or their key.
import type { Clock } from '../../../shared/clock.ts';
import { DomainError } from '../../errors.ts';
import type { Storage } from '../../storage.ts';
import type { Credentials } from '../credentials.ts';
import { newId, newSecret } from '../ids.ts';
import { LIMITS } from '../limits.ts';
import type { Identities, SecretBox, Sessions } from '../ports.ts';
import type { SessionFacts } from '../types.ts';

export interface TemporaryCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

export interface SessionDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly sessions: Sessions;
  readonly identities: Identities;
  readonly secrets: SecretBox;
  readonly credentials: Credentials;
}

export interface NewSession {
  readonly accountId: string;
  readonly ownerId: string;
  readonly sourceKeyId?: string;
  readonly facts: SessionFacts;
  readonly seconds: number;
  /** Lasting id of whoever asks. */
  readonly requester: string;
}

/** Makes a session. Throws Throttled when an account, or the one who asks, has too many. */
export async function issueSession(deps: SessionDeps, session: NewSession): Promise<TemporaryCredentials> {
  const { accountId, ownerId, sourceKeyId, facts, requester } = session;
  const id = newId('session');
  const secretAccessKey = newSecret();
  const issuedAt = deps.clock.now();
  // Clients read whole seconds, and take the token to be good until then.
  const expiresAt = Math.floor(issuedAt / 1000 + session.seconds) * 1000;
  await deps.storage.write(async (tx) => {
    if ((await deps.sessions.countAlive(tx, accountId, issuedAt)) >= LIMITS.sessions)
      throw new DomainError('Throttled', `The account has ${LIMITS.sessions} sessions; try again later.`, {});
    const most = LIMITS.sessionsOfRequester;
    if ((await deps.sessions.countOfRequester(tx, accountId, requester, issuedAt)) >= most)
      throw new DomainError('Throttled', `You have ${most} sessions in the account; try again later.`, {});
    await deps.sessions.insert(tx, {
      id,
      accountId,
      ownerId,
      ...(sourceKeyId === undefined ? {} : { sourceKeyId }),
      sealedSecret: deps.secrets.seal(id, secretAccessKey),
      facts,
      issuedAt,
      expiresAt,
      requester,
    });
  });
  const source = sourceKeyId === undefined ? {} : { sourceKeyId };
  const sessionToken = deps.credentials.sessionToken({ id, expiresAt, ...source });
  return { accessKeyId: id, secretAccessKey, sessionToken, expiresAt };
}
