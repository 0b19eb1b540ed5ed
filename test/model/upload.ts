// The ways in which clients push a blob: at once, in chunks, cut in the middle and resumed, mounted, in ECR's parts.
import assert from 'node:assert/strict';
import type { TestBlob } from '../helpers/images.ts';
import type { ModelAnswer, ModelClient } from './client.ts';
import type { Chance } from './contents.ts';

interface Push {
  readonly client: ModelClient;
  readonly chance: Chance;
  readonly name: string;
  /** Repositories to mount from. */
  readonly others: readonly string[];
  readonly blob: TestBlob;
}

/** Resolves when the server has acknowledged the blob. */
export async function uploadBlob(push: Push): Promise<void> {
  const dice = push.chance.below(100);
  if (dice < 25) return atOnce(push);
  if (dice < 45) return inChunks(push, await begin(push));
  if (dice < 65) return cutAndResumed(push);
  if (dice < 85) return mounted(push);
  return inParts(push);
}

async function begin({ client, name }: Push): Promise<string> {
  const begun = await client.send('POST', `/v2/${name}/blobs/uploads/`);
  assert.equal(begun.status, 202, begun.body.toString());
  return String(begun.headers['location']);
}

async function atOnce({ client, name, blob }: Push): Promise<void> {
  created(
    await client.send('POST', `/v2/${name}/blobs/uploads/?digest=${blob.digest}`, { body: blob.bytes }),
    blob,
  );
}

async function inChunks(push: Push, location: string): Promise<void> {
  const { client, chance, blob } = push;
  const first = chance.below(blob.bytes.length);
  if (first > 0) {
    const patched = await client.send('PATCH', location, { body: blob.bytes.subarray(0, first) });
    assert.equal(patched.status, 202, patched.body.toString());
  }
  await finish(push, location, first);
}

/** The connection breaks; the client asks how far the upload came, and goes on there. */
async function cutAndResumed(push: Push): Promise<void> {
  const { client, chance, blob } = push;
  const location = await begin(push);
  await client.cut('PATCH', location, blob.bytes.subarray(0, chance.below(blob.bytes.length + 1)));
  for (let tries = 0; ; tries += 1) {
    const asked = await client.send('GET', location);
    assert.equal(asked.status, 204, asked.body.toString());
    const [, last] = /^0-(\d+)$/.exec(String(asked.headers['range'])) ?? [];
    // `0-0` is both nothing and one byte: nothing is what a client tries first.
    const at = last === '0' ? 0 : Number(last) + 1;
    const rest = blob.bytes.subarray(at);
    const put = await client.send('PUT', `${location}?digest=${blob.digest}`, {
      // A range of no bytes cannot be said.
      ...(rest.length === 0 ? {} : { headers: { 'content-range': `${at}-${blob.bytes.length - 1}` } }),
      body: rest,
    });
    if (put.status === 201) return;
    // The server may be busy with what was sent before the cut, or have one byte where we thought of none.
    const known = put.status === 409 || put.status === 416;
    assert.ok(known && tries < 200, `${blob.digest}: ${put.status} ${put.body.toString()}`);
    if (put.status === 416 && tries > 2) return atOnce(push);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function mounted(push: Push): Promise<void> {
  const { client, chance, name, others, blob } = push;
  const from = chance.percent(70) ? `&from=${chance.one(others)}` : '';
  const asked = await client.send('POST', `/v2/${name}/blobs/uploads/?mount=${blob.digest}${from}`);
  if (asked.status === 201) return;
  assert.equal(asked.status, 202, asked.body.toString());
  await finish(push, String(asked.headers['location']), 0);
}

async function inParts({ client, name, blob }: Push): Promise<void> {
  const begun = await client.ecr('InitiateLayerUpload', { repositoryName: name });
  assert.equal(begun.status, 200, JSON.stringify(begun.body));
  const upload = { repositoryName: name, uploadId: begun.body['uploadId'] };
  const part = await client.ecr('UploadLayerPart', {
    ...upload,
    partFirstByte: 0,
    partLastByte: blob.bytes.length - 1,
    layerPartBlob: Buffer.from(blob.bytes).toString('base64'),
  });
  assert.equal(part.status, 200, JSON.stringify(part.body));
  const completed = await client.ecr('CompleteLayerUpload', { ...upload, layerDigests: [blob.digest] });
  const exists = String(completed.body['__type']).includes('LayerAlreadyExistsException');
  assert.ok(completed.status === 200 || exists, JSON.stringify(completed.body));
}

async function finish({ client, blob }: Push, location: string, from: number): Promise<void> {
  created(
    await client.send('PUT', `${location}?digest=${blob.digest}`, { body: blob.bytes.subarray(from) }),
    blob,
  );
}

function created(answer: ModelAnswer, { digest }: TestBlob): void {
  assert.equal(answer.status, 201, `${digest}: ${answer.status} ${answer.body.toString()}`);
}
