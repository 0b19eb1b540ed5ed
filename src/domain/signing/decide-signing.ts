// What a push, or somebody who asks for a signature, brings about for one profile of an image. Pure but for the question
// whether the caller may: it is asked last, when everything else speaks for signing.
import { checkProfile } from './failures.ts';
import { failureOf, type SignatureState } from './signature-state.ts';
import type { ListedSigningStatus, SigningFailure, SigningProfile } from './types.ts';

export type Decided =
  | {
      readonly kind: 'nothing';
      /**
       * `in progress` and `complete`: nothing is to be done. `failed`: something is, and cannot be done; the status stays
       * what it is.
       */
      readonly because: 'in progress' | 'complete' | SigningFailure;
    }
  | { readonly kind: 'fail'; readonly profileVersion: string; readonly failure: SigningFailure }
  | {
      readonly kind: 'sign';
      readonly profile: SigningProfile;
      /** Whether the signature of before is of no use to anybody and goes. */
      readonly replaces: boolean;
    };

/**
 * A signature that is good, or on its way, is only followed by one of another profile version. One that was revoked by
 * itself was judged: only `sign again` signs the image. One that expired, was lost or was revoked with its version is
 * followed by another. Who may not sign, or meets a profile that cannot, changes the status of none of these.
 */
export async function decide(given: {
  readonly profile: SigningProfile | undefined;
  readonly profileArn: string;
  readonly before: ListedSigningStatus | undefined;
  /** Of a COMPLETE status. */
  readonly signature: SignatureState | undefined;
  readonly mode: 'push' | 'sign' | 'sign again';
  /** What the caller lacks. */
  readonly denial: () => Promise<SigningFailure | undefined>;
}): Promise<Decided> {
  const { profile, profileArn, before, signature, mode } = given;
  const standing = standingOf(before, signature);
  if (standing !== undefined && before?.profileVersion === profile?.version)
    return { kind: 'nothing', because: standing };
  const over = signature === undefined || signature.kind === 'valid' ? undefined : signature;
  if (before !== undefined && over?.kind === 'revoked' && mode !== 'sign again')
    return { kind: 'nothing', because: failureOf(over, before) };

  const checked = checkProfile(profile, profileArn);
  const failure = checked.usable ? await given.denial() : checked.failure;
  if (checked.usable && failure === undefined)
    return {
      kind: 'sign',
      profile: checked.profile,
      replaces: over?.kind === 'expired' || over?.kind === 'lost',
    };
  if (failure === undefined) throw new Error('a profile that cannot sign gives its reason');
  if (standing !== undefined) return { kind: 'nothing', because: standing };
  if (mode !== 'push' || over !== undefined) return { kind: 'nothing', because: failure };
  return { kind: 'fail', profileVersion: profile?.version ?? '', failure };
}

function standingOf(
  before: ListedSigningStatus | undefined,
  signature: SignatureState | undefined,
): 'in progress' | 'complete' | undefined {
  if (before?.state.status === 'IN_PROGRESS') return 'in progress';
  return signature?.kind === 'valid' ? 'complete' : undefined;
}
