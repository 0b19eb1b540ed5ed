// Media types of manifests and of the Notary Project's artifacts.

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
export const DOCKER_MANIFEST_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const OCI_EMPTY = 'application/vnd.oci.empty.v1+json';
export const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';

/** artifactType of a Notary Project signature manifest. */
export const NOTARY_SIGNATURE = 'application/vnd.cncf.notary.signature';
export const NOTARY_PAYLOAD = 'application/vnd.cncf.notary.payload.v1+json';
export const JOSE_JSON = 'application/jose+json';
export const COSE = 'application/cose';

export type IndexMediaType = typeof OCI_INDEX | typeof DOCKER_MANIFEST_LIST;
export type ManifestMediaType = typeof OCI_MANIFEST | typeof DOCKER_MANIFEST | IndexMediaType;

export function isIndexMediaType(mediaType: string): mediaType is IndexMediaType {
  return mediaType === OCI_INDEX || mediaType === DOCKER_MANIFEST_LIST;
}

export function isManifestMediaType(mediaType: string): mediaType is ManifestMediaType {
  return mediaType === OCI_MANIFEST || mediaType === DOCKER_MANIFEST || isIndexMediaType(mediaType);
}

/** Layers that a registry need not hold: foreign (docker) and non-distributable (OCI). */
export function isNonDistributable(mediaType: string): boolean {
  return (
    mediaType.startsWith('application/vnd.oci.image.layer.nondistributable.') ||
    mediaType.startsWith('application/vnd.docker.image.rootfs.foreign.')
  );
}
