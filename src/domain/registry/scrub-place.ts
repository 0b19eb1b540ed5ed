// How far a scrub came, as it is written down: what it walks through next, and after which key.
import { isDigest } from '../../shared/digest.ts';
import type { ManifestKey, ReferenceKey } from './garbage-ports.ts';
import type { ImageReference } from './types.ts';

/** In their order. The records come first: they are few, and what is wrong with them is worth most. */
const PHASES = ['manifests', 'references', 'signatures', 'blobs'] as const;
export type ScrubPhase = (typeof PHASES)[number];

/** `after` absent: from the first row on. */
export interface ScrubPlace {
  readonly phase: ScrubPhase;
  readonly after?: string;
}

/** undefined after the last one. */
export function phaseAfter(phase: ScrubPhase): ScrubPhase | undefined {
  return PHASES[PHASES.indexOf(phase) + 1];
}

/** A digest alone is one of blobs. */
export function positionOf({ phase, after }: ScrubPlace): string {
  if (after === undefined) return phase;
  return phase === 'blobs' ? after : `${phase} ${after}`;
}

/** undefined at the end of a round. */
export function placeOf(position: string): ScrubPlace | undefined {
  if (isDigest(position)) return { phase: 'blobs', after: position };
  const space = position.indexOf(' ');
  const name = space < 0 ? position : position.slice(0, space);
  const phase = PHASES.find((one) => one === name);
  if (phase === undefined) return undefined;
  return space < 0 ? { phase } : { phase, after: position.slice(space + 1) };
}

export const manifestPlace = ({ repositoryId, digest }: ManifestKey): string => `${repositoryId} ${digest}`;

export function manifestKeyOf(after: string): ManifestKey {
  const [id = '', digest = ''] = after.split(' ', 2);
  return { repositoryId: Number(id), digest: digest as ManifestKey['digest'] };
}

export const referencePlace = ({ repositoryId, digest, kind, parent }: ReferenceKey): string =>
  `${repositoryId} ${digest} ${kind} ${parent}`;

export function referenceKeyOf(after: string): ReferenceKey {
  const [id = '', digest = '', kind = '', parent = ''] = after.split(' ', 4);
  return {
    repositoryId: Number(id),
    digest: digest as ReferenceKey['digest'],
    kind: kind as ImageReference['kind'],
    parent: parent as ReferenceKey['parent'],
  };
}
