import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DomainError } from '../domain/errors.ts';
import { ReadOnlyStorage } from '../domain/storage.ts';
import { SigV4Error } from '../http/auth/sigv4-canonical.ts';
import { ConstraintError, MalformedInputError } from '../http/aws/shapes.ts';
import { WireError } from '../http/aws/wire-error.ts';
import { OciError } from '../http/oci/errors.ts';
import { BodyAbortedError, BodyMemoryError, BodyTooLargeError } from '../http/read-body.ts';
import { StrictJsonError } from './strict-json.ts';

const refusals: readonly (() => Error)[] = [
  () => new DomainError('AccessDenied', 'no', {}),
  () => new OciError(403, { code: 'DENIED', message: 'no' }),
  () => new WireError('AccessDeniedException', 400, 'no'),
  () => new SigV4Error('InvalidSignatureException', 'no'),
  () => new ConstraintError('a.b', 'no'),
  () => new MalformedInputError('no'),
  () => new BodyTooLargeError(1),
  () => new BodyMemoryError(),
  () => new BodyAbortedError('no'),
  () => new ReadOnlyStorage(),
  () => new StrictJsonError('no'),
];

test('a refusal has no stack trace, and the errors after it have theirs', () => {
  for (const make of refusals) {
    const error = make();
    assert.ok(error instanceof Error);
    assert.doesNotMatch(error.stack ?? '', /\n\s+at /, error.name);
    assert.match(new Error('a fault').stack ?? '', /\n\s+at /);
  }
});

test('a refusal keeps the stack of its cause', () => {
  const cause = new TypeError('a fault');
  const error = new DomainError('StorageUnavailable', 'not now', {}, { cause });
  assert.equal(error.cause, cause);
  assert.match(cause.stack ?? '', /\n\s+at /);
});
