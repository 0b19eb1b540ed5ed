import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../shared/digest.ts';
import {
  DOCKER_MANIFEST_LIST,
  type ManifestMediaType,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../../shared/media-types.ts';
import { isSignable } from './plan-jobs.ts';

const subject = digestOf(Buffer.from('subject'));
const fallbackTag = subject.replace(':', '-');

function signable(mediaType: ManifestMediaType, tags: string[], more: object = {}): boolean {
  const image = {
    repositoryId: 1,
    digest: digestOf(Buffer.from('image')),
    mediaType,
    manifestSizeBytes: 1,
    imageSizeBytes: 1,
    pushedAt: 0,
    ...more,
  };
  return isSignable({ image, tags });
}

test('images, indexes and artifacts without a subject are signed, tagged or not', () => {
  for (const mediaType of [OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST_LIST] as const)
    for (const tags of [[], ['v1'], ['v1', 'latest']]) assert.ok(signable(mediaType, tags));
  assert.ok(signable(OCI_MANIFEST, ['chart'], { artifactType: 'application/vnd.cncf.helm.config.v1+json' }));
});

test('what has a subject is never signed, whatever it is', () => {
  for (const mediaType of [OCI_MANIFEST, OCI_INDEX] as const)
    assert.ok(!signable(mediaType, ['v1'], { subject }));
});

test('the fallback index is not signed; an index that has a name of its own is', () => {
  assert.ok(!signable(OCI_INDEX, [fallbackTag]));
  assert.ok(signable(OCI_INDEX, [fallbackTag, 'v1']));
  assert.ok(signable(OCI_INDEX, [`${fallbackTag}.sig`]));
  assert.ok(signable(OCI_MANIFEST, [fallbackTag]));
});
