// Every way to bring a blob, under both digest algorithms, with the right digest and with a wrong one: the blob
// clauses of the OCI conformance suite, without its program.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { type Digest, digestOf } from '../../../src/shared/digest.ts';
import { blob } from '../../helpers/images.ts';
import { type OciAnswer, type OciServer, refused, startOciServer } from '../../helpers/oci-client.ts';

let server: OciServer;
let repository: string;
let sibling: string;
before(async () => {
  server = await startOciServer();
  repository = await server.repository();
  sibling = await server.repository();
});
after(() => server.close());

const uploads = () => `/v2/${repository}/blobs/uploads/`;
const octets = { 'content-type': 'application/octet-stream' };

/** Where the next request goes, with the digest in its query. */
const closing = (answer: OciAnswer, digest: Digest) =>
  `${String(answer.headers.location)}?digest=${encodeURIComponent(digest)}`;

/** One chunk with its Content-Range. */
const chunk = (method: string, target: string, bytes: Uint8Array, from: number, to: number) =>
  server.send(method, target, {
    body: bytes.subarray(from, to),
    headers: { ...octets, 'content-range': `${from}-${to - 1}` },
  });

/** Sends all but the last third in chunks, each after a chunk from the wrong place when `disorderly`. */
async function inChunks(bytes: Uint8Array, digest: Digest, disorderly: boolean): Promise<OciAnswer> {
  const third = Math.ceil(bytes.length / 3);
  let answer = await server.send('POST', uploads());
  assert.equal(answer.status, 202);
  for (const from of [0, third]) {
    if (disorderly) {
      const wrong = from + third;
      const [method, target] =
        wrong + third >= bytes.length
          ? ['PUT', closing(answer, digest)]
          : ['PATCH', String(answer.headers.location)];
      const late = await chunk(method, target, bytes, wrong, Math.min(wrong + third, bytes.length));
      refused(late, 416, 'RANGE_INVALID');
      answer = await server.send('GET', String(answer.headers.location));
      assert.equal(answer.status, 204);
      assert.equal(answer.headers.range, from === 0 ? '0-0' : `0-${from - 1}`);
    }
    answer = await chunk('PATCH', String(answer.headers.location), bytes, from, from + third);
    assert.equal(answer.status, 202, answer.body.toString());
  }
  return answer;
}

/** Each gives the answer that closes the upload. */
const ways: Readonly<Record<string, (bytes: Uint8Array, digest: Digest) => Promise<OciAnswer>>> = {
  'POST alone': (bytes, digest) =>
    server.send('POST', `${uploads()}?digest=${encodeURIComponent(digest)}`, {
      body: bytes,
      headers: octets,
    }),
  'POST and PUT': async (bytes, digest) =>
    server.send('PUT', closing(await server.send('POST', uploads()), digest), {
      body: bytes,
      headers: octets,
    }),
  'one chunk': async (bytes, digest) => {
    const begun = await server.send('POST', uploads());
    const sent = await chunk('PATCH', String(begun.headers.location), bytes, 0, bytes.length);
    return server.send('PUT', closing(sent, digest), { body: '' });
  },
  'a stream': async (bytes, digest) => {
    const begun = await server.send('POST', uploads());
    const body = [bytes.subarray(0, 100), bytes.subarray(100)];
    const sent = await server.send('PATCH', String(begun.headers.location), { body, headers: octets });
    return server.send('PUT', closing(sent, digest), { body: '' });
  },
  'chunks, the last in a PATCH': async (bytes, digest) => {
    const sent = await inChunks(bytes, digest, false);
    const from = Math.ceil(bytes.length / 3) * 2;
    const last = await chunk('PATCH', String(sent.headers.location), bytes, from, bytes.length);
    return server.send('PUT', closing(last, digest), { body: '' });
  },
  'chunks, the last in the PUT': async (bytes, digest) => {
    const sent = await inChunks(bytes, digest, false);
    return chunk('PUT', closing(sent, digest), bytes, Math.ceil(bytes.length / 3) * 2, bytes.length);
  },
  'chunks out of order': async (bytes, digest) => {
    const sent = await inChunks(bytes, digest, true);
    return chunk('PUT', closing(sent, digest), bytes, Math.ceil(bytes.length / 3) * 2, bytes.length);
  },
  'a mount': async (bytes, digest) => {
    await server.push(sibling, { bytes, digest });
    return server.send('POST', `${uploads()}?mount=${digest}&from=${sibling}`);
  },
  'a mount from wherever it is': async (bytes, digest) => {
    await server.push(sibling, { bytes, digest });
    return server.send('POST', `${uploads()}?mount=${digest}`);
  },
  'a mount that finds nothing, and then the bytes': async (bytes, digest) => {
    const begun = await server.send('POST', `${uploads()}?mount=${digest}&from=${sibling}`);
    assert.equal(begun.status, 202);
    return server.send('PUT', closing(begun, digest), { body: bytes, headers: octets });
  },
};

async function expectThere(answer: OciAnswer, bytes: Uint8Array, digest: Digest): Promise<void> {
  assert.equal(answer.status, 201, answer.body.toString());
  assert.equal(answer.headers['docker-content-digest'], digest);
  const target = String(answer.headers.location);
  const head = await server.send('HEAD', target);
  const got = await server.send('GET', target);
  for (const { status, headers } of [head, got]) {
    assert.equal(status, 200);
    assert.equal(headers['content-length'], String(bytes.length));
    assert.equal(headers['docker-content-digest'], digest);
  }
  assert.equal(head.body.length, 0);
  assert.ok(got.body.equals(bytes));
}

for (const algorithm of ['sha256', 'sha512'] as const) {
  describe(`a blob under its ${algorithm}`, () => {
    for (const [way, push] of Object.entries(ways)) {
      test(`by ${way}: there at once, and gone at once when it is deleted`, async () => {
        const bytes = randomBytes(3 * 1024 - 5);
        const digest = digestOf(bytes, algorithm);
        const target = `/v2/${repository}/blobs/${digest}`;
        refused(await server.send('GET', target), 404, 'BLOB_UNKNOWN');
        await expectThere(await push(bytes, digest), bytes, digest);
        assert.equal((await server.send('DELETE', target)).status, 202);
        for (const method of ['HEAD', 'GET', 'DELETE']) {
          assert.equal((await server.send(method, target)).status, 404, method);
        }
      });
    }

    // Mounts bring no bytes that could be wrong.
    for (const [way, push] of Object.entries(ways).filter(([name]) => !name.startsWith('a mount'))) {
      test(`by ${way}: refused and not stored when the bytes are others`, async () => {
        const bytes = randomBytes(3 * 1024 - 5);
        const claimed = digestOf(bytes, algorithm);
        const sent = Buffer.concat([bytes, Buffer.from('oh no')]);
        refused(await push(sent, claimed), 400, 'DIGEST_INVALID');
        for (const digest of [claimed, digestOf(sent, algorithm)]) {
          refused(await server.send('GET', `/v2/${repository}/blobs/${digest}`), 404, 'BLOB_UNKNOWN');
        }
      });
    }

    test('of no bytes, and of the empty JSON object', async () => {
      for (const bytes of [Buffer.alloc(0), Buffer.from('{}')]) {
        const digest = digestOf(bytes, algorithm);
        for (const way of ['POST alone', 'POST and PUT']) {
          await expectThere((await ways[way]?.(bytes, digest)) ?? assert.fail(way), bytes, digest);
        }
        assert.equal((await server.send('DELETE', `/v2/${repository}/blobs/${digest}`)).status, 202);
      }
    });

    test('in ranges', async () => {
      const bytes = randomBytes(2048);
      const digest = digestOf(bytes, algorithm);
      await server.push(repository, { ...blob(bytes), digest });
      const get = (range: string) =>
        server.send('GET', `/v2/${repository}/blobs/${digest}`, { headers: { range: `bytes=${range}` } });
      for (const [range, from, to] of [
        ['500-1499', 500, 1500],
        ['500-', 500, 2048],
        ['-500', 1548, 2048],
        ['2000-5000', 2000, 2048],
      ] as const) {
        const got = await get(range);
        assert.equal(got.status, 206);
        assert.equal(got.headers['content-range'], `bytes ${from}-${to - 1}/2048`);
        assert.ok(got.body.equals(bytes.subarray(from, to)));
      }
      for (const range of ['500-0', '5000-10000']) refused(await get(range), 416, 'RANGE_INVALID');
    });
  });
}

test('a cancelled upload is over, and its blob can still be pushed', async () => {
  const bytes = randomBytes(512);
  const begun = await server.send('POST', uploads());
  const location = String(begun.headers.location);
  assert.equal((await server.send('DELETE', location)).status, 204);
  refused(await server.send('GET', location), 404, 'BLOB_UPLOAD_UNKNOWN');
  const digest = digestOf(bytes);
  refused(await server.send('PUT', closing(begun, digest), { body: bytes }), 404, 'BLOB_UPLOAD_UNKNOWN');
  await server.push(repository, { bytes, digest });
});
