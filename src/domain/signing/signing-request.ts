// What a profile version asks of the signature maker for one job. Reads certificates and asks for the time;
// the keys stay sealed.
import { type Locality, leafSubject } from '../pki/index.ts';
import type { AuthorityStore } from './authority.ts';
import type { PluginAttributes, SigningRequest, SigningSubject } from './notary/index.ts';
import { signingChoices } from './parameters.ts';
import type { SigningTime } from './signing-time.ts';
import type { SigningProfile } from './types.ts';
import { validityEnd } from './validity.ts';

export interface RequestDeps {
  readonly authority: AuthorityStore;
  readonly signingTime: SigningTime;
  readonly locality: Locality;
}

/**
 * Builds the request. The signature ends with the profile's validity period, or with the intermediate when
 * that ends first; its leaf ends with it.
 */
export async function makeSigningRequest(
  deps: RequestDeps,
  job: { readonly id: string; readonly profile: SigningProfile },
  subject: SigningSubject,
  pluginAttributes?: PluginAttributes,
): Promise<SigningRequest & { readonly expiry: number }> {
  const { profile } = job;
  const choices = signingChoices(profile.parameters);
  const chain = await deps.authority.chainOf(profile);
  const shared = choices.leaf === 'per-profile' ? await deps.authority.sharedLeafOf(profile) : undefined;
  const { signingTime, now } = deps.signingTime(shared?.notBefore ?? chain.notBefore);
  const chainEnd = Math.floor(chain.notAfter / 1000);
  const expiry = Math.min(validityEnd(signingTime, profile.validity), chainEnd);
  return {
    jobId: job.id,
    subject,
    signingTime,
    now,
    expiry,
    // AWS's plugin verifies nothing but its own scheme and JWS.
    scheme: pluginAttributes === undefined ? choices.scheme : 'notary.x509.signingAuthority',
    envelope: pluginAttributes === undefined ? choices.envelope : 'jws',
    ...(pluginAttributes === undefined ? {} : { pluginAttributes }),
    leaf:
      shared === undefined
        ? {
            kind: 'per-signature',
            subject: leafSubject(profile.owner.accountId, profile.name, deps.locality),
            notAfter: expiry,
          }
        : { kind: 'per-profile', key: shared.key, certDer: shared.certDer },
    intermediate: chain.intermediate,
    rootDer: chain.rootDer,
  };
}
