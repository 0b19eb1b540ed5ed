// The members that a manifest may be read by. Go's JSON reader, which most clients use, takes `Layers` for `layers`, and
// the last of two: such a document would be one image to us and another to who runs it.
import { type KnownMembers, memberFault } from '../../shared/json-members.ts';

const platform: KnownMembers = {
  architecture: 'plain',
  os: 'plain',
  'os.version': 'plain',
  'os.features': 'plain',
  variant: 'plain',
  features: 'plain',
};

const descriptor: KnownMembers = {
  mediaType: 'plain',
  digest: 'plain',
  size: 'plain',
  urls: 'plain',
  annotations: 'free',
  data: 'plain',
  artifactType: 'plain',
  platform,
};

/** Of image manifests, indexes and artifact manifests, OCI's and docker's. */
const manifest: KnownMembers = {
  schemaVersion: 'plain',
  mediaType: 'plain',
  artifactType: 'plain',
  config: descriptor,
  layers: descriptor,
  manifests: descriptor,
  blobs: descriptor,
  subject: descriptor,
  annotations: 'free',
  fsLayers: 'plain',
};

const shown = (name: string) => `'${name.slice(0, 100).toWellFormed()}'`;

/** Why the members of a manifest could be read in two ways; undefined when they cannot. The bytes must be valid JSON. */
export function ambiguousMembers(bytes: Uint8Array): string | undefined {
  const fault = memberFault(bytes, manifest);
  switch (fault?.kind) {
    case undefined:
      return undefined;
    case 'twice':
      return `The member ${shown(fault.name)} is there twice`;
    case 'case':
      return `The member ${shown(fault.name)} must be written '${fault.known}'`;
  }
}
