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

function signable(mediaType: ManifestMediaType, more: object = {}, isReferrersList = false): boolean {
  const image = {
    repositoryId: 1,
    digest: digestOf(Buffer.from('image')),
    mediaType,
    manifestSizeBytes: 1,
    imageSizeBytes: 1,
    pushedAt: 0,
    ...more,
  };
  return isSignable({ image, isReferrersList });
}

test('images, indexes and artifacts without a subject are signed', () => {
  for (const mediaType of [OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST_LIST] as const)
    assert.ok(signable(mediaType));
  assert.ok(signable(OCI_MANIFEST, { artifactType: 'application/vnd.cncf.helm.config.v1+json' }));
});

test('what has a subject is never signed, whatever it is, and neither is a list of referrers', () => {
  for (const mediaType of [OCI_MANIFEST, OCI_INDEX] as const) assert.ok(!signable(mediaType, { subject }));
  assert.ok(!signable(OCI_INDEX, {}, true));
});
