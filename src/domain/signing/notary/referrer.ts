// A signature as an OCI 1.1 referrer: an image manifest with an artifactType, the empty config, one layer (the
// envelope) and the signed manifest as subject (signature-specification.md, OCI Signatures).
import { type Digest, digestOf } from '../../../shared/digest.ts';
import { NOTARY_SIGNATURE, OCI_EMPTY, OCI_MANIFEST } from '../../../shared/media-types.ts';
import { rfc3339 } from './jws.ts';
import type { MadeSignature } from './ports.ts';

/** One piece of content to be stored before the manifest. */
export interface ReferrerBlob {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

export interface Referrer {
  readonly manifest: {
    readonly mediaType: typeof OCI_MANIFEST;
    readonly artifactType: typeof NOTARY_SIGNATURE;
    readonly digest: Digest;
    readonly bytes: Uint8Array;
    /** As they stand in the manifest; the referrers API repeats them. */
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly config: ReferrerBlob;
  readonly envelope: ReferrerBlob;
}

/** Builds the manifest and its two blobs; the same signature always gives the same bytes. */
export function makeReferrer(
  made: Pick<MadeSignature, 'envelope' | 'mediaType' | 'target' | 'thumbprints' | 'signingTime'>,
  annotations: Readonly<Record<string, string>> = {},
): Referrer {
  const emptyConfig = Buffer.from('{}');
  const config: ReferrerBlob = { mediaType: OCI_EMPTY, digest: digestOf(emptyConfig), bytes: emptyConfig };
  const envelope: ReferrerBlob = {
    mediaType: made.mediaType,
    digest: digestOf(made.envelope),
    bytes: made.envelope,
  };
  const allAnnotations = {
    ...annotations,
    'io.cncf.notary.x509chain.thumbprint#S256': JSON.stringify(made.thumbprints),
    'org.opencontainers.image.created': rfc3339(made.signingTime),
  };
  const { mediaType, digest, size } = made.target;
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType: NOTARY_SIGNATURE,
      config: { ...describe(config), data: emptyConfig.toString('base64') },
      layers: [describe(envelope)],
      subject: { mediaType, digest, size },
      annotations: allAnnotations,
    }),
    'utf8',
  );
  return {
    manifest: {
      mediaType: OCI_MANIFEST,
      artifactType: NOTARY_SIGNATURE,
      digest: digestOf(bytes),
      bytes,
      annotations: allAnnotations,
    },
    config,
    envelope,
  };
}

function describe(blob: ReferrerBlob): { mediaType: string; digest: Digest; size: number } {
  return { mediaType: blob.mediaType, digest: blob.digest, size: blob.bytes.length };
}
