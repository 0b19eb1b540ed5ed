// Names that OCI and ECR share. Length is always looked at before a pattern runs.

import { type Digest, digestAlgorithm, digestHex } from './digest.ts';

/** ECR's RepositoryName, which is OCI's `<name>` with a length of 2 to 256. */
const REPOSITORY_NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** OCI's tag: at most 128 characters (distribution-spec, Pulling manifests). */
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** The tag under which clients without the referrers API keep an index of referrers. */
const REFERRERS_FALLBACK_TAG = /^sha(?:256|512)-[0-9a-f]{64}$/;

export function isRepositoryName(text: string): boolean {
  return text.length >= 2 && text.length <= 256 && REPOSITORY_NAME.test(text);
}

export function isTag(text: string): boolean {
  return text.length >= 1 && text.length <= 128 && TAG.test(text);
}

/** The tag for this digest; of a longer one its first 64 digits (distribution-spec, Referrers Tag Schema). */
export function referrersFallbackTag(digest: Digest): string {
  return `${digestAlgorithm(digest)}-${digestHex(digest).slice(0, 64)}`;
}

export function isReferrersFallbackTag(text: string): boolean {
  return text.length === 71 && REFERRERS_FALLBACK_TAG.test(text);
}
