import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { makeSealedClaims } from '../../domain/access/index.ts';
import { KeyUnavailableError } from '../../domain/pki/index.ts';
import { makeEphemeralKey } from './ephemeral.ts';
import { makeLocalKeyStore } from './local.ts';
import { loadOrCreateMasterKey, MasterKey, MasterKeyError, readMasterKey } from './master-key.ts';
import { MasterKeyRing } from './master-key-ring.ts';
import { encrypt } from './sealing.ts';
import { makeSecretBox } from './secret-box.ts';

describe('the master key file', () => {
  let directory = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sealport-keys-'));
  });
  after(() => rm(directory, { recursive: true }));

  test('is made once, for its owner only, and leaves nothing beside it', async () => {
    const path = join(directory, 'made');
    const first = await loadOrCreateMasterKey(path);
    const second = await loadOrCreateMasterKey(path);
    assert.equal(first.created, true);
    assert.equal(second.created, false);
    assert.equal(second.key.id, first.key.id);
    const { mode, size } = await stat(path);
    assert.equal(mode & 0o777, 0o600);
    assert.equal(size, 32);
    assert.deepEqual(await readdir(directory), ['made']);
  });

  test('is the same key for all who start at the same moment', async () => {
    const path = join(directory, 'race');
    const made = await Promise.all(Array.from({ length: 8 }, () => loadOrCreateMasterKey(path)));
    assert.equal(new Set(made.map(({ key }) => key.id)).size, 1);
    assert.equal(made.filter(({ created }) => created).length, 1);
  });

  test('is refused when others may read it, when its size is wrong and when it is no file', async () => {
    const open = join(directory, 'open');
    await writeFile(open, randomBytes(32), { mode: 0o600 });
    await chmod(open, 0o640);
    await assert.rejects(
      readMasterKey(open),
      (error) => error instanceof MasterKeyError && /chmod 600/.test(error.message),
    );
    for (const size of [0, 31, 33]) {
      const path = join(directory, `size-${size}`);
      await writeFile(path, Buffer.alloc(size, 7), { mode: 0o600 });
      await assert.rejects(readMasterKey(path), /must have exactly 32 bytes/);
    }
    await assert.rejects(readMasterKey(directory), /no regular file/);
    const zeros = join(directory, 'zeros');
    await writeFile(zeros, Buffer.alloc(32), { mode: 0o600 });
    await assert.rejects(readMasterKey(zeros), /not random/);
  });

  test('fails with a clear error where it cannot be written', async () => {
    await assert.rejects(loadOrCreateMasterKey(join(directory, 'none', 'key')), /cannot be written/);
  });

  test('never shows itself in text', async () => {
    const path = join(directory, 'shown');
    const { key } = await loadOrCreateMasterKey(path);
    const hex = (await readFile(path)).toString('hex');
    for (const text of [inspect(key, { depth: 5, showHidden: true }), JSON.stringify({ key })]) {
      assert.ok(!text.includes(hex.slice(0, 16)));
      assert.ok(!/Buffer|Uint8Array/.test(text));
    }
  });
});

test('derived keys differ by label and by master key, and come again', () => {
  const bytes = randomBytes(32);
  const key = new MasterKey(bytes);
  const hex = (master: MasterKey, label: string) => Buffer.from(master.deriveKey(label)).toString('hex');
  assert.equal(hex(key, 'a'), hex(new MasterKey(bytes), 'a'));
  assert.notEqual(hex(key, 'a'), hex(key, 'b'));
  assert.notEqual(hex(key, 'a'), hex(new MasterKey(randomBytes(32)), 'a'));
  assert.equal(key.deriveKey('a', 64).length, 64);
});

describe('the local key store', () => {
  const master = new MasterKey(randomBytes(32));
  const keys = makeLocalKeyStore(new MasterKeyRing(master));

  test('opens what it made, and signs with SHA-384 as r||s', async () => {
    const stored = await keys.create('P-384');
    const handle = await keys.open(stored);
    assert.deepEqual(Buffer.from(handle.publicKeySpki()), Buffer.from(stored.publicKey));
    const message = randomBytes(100);
    const signature = await handle.sign(message);
    assert.equal(signature.length, 96);
    const key = createPublicKey({ key: Buffer.from(stored.publicKey), format: 'der', type: 'spki' });
    assert.ok(verify('sha384', message, { key, dsaEncoding: 'ieee-p1363' }, signature));
    handle.destroy();
    await assert.rejects(handle.sign(message), KeyUnavailableError);
  });

  test('refuses a record of which any byte was changed', async () => {
    const stored = await keys.create('P-384');
    for (let i = 0; i < stored.sealed.length; i++) {
      const sealed = Uint8Array.from(stored.sealed);
      sealed[i] = (sealed[i] ?? 0) ^ 1;
      await assert.rejects(keys.open({ ...stored, sealed }), KeyUnavailableError, `byte ${i}`);
    }
    for (const length of [0, 1, 9, 60, 100, stored.sealed.length - 1])
      await assert.rejects(
        keys.open({ ...stored, sealed: stored.sealed.subarray(0, length) }),
        KeyUnavailableError,
      );
  });

  test('refuses a record under the id or the public key of another', async () => {
    const [one, two] = [await keys.create('P-384'), await keys.create('P-384')];
    await assert.rejects(keys.open({ ...one, id: two.id }), KeyUnavailableError);
    await assert.rejects(keys.open({ ...one, publicKey: two.publicKey }), /does not belong/);
  });

  test('needs the master key of the record; a retired one still opens', async () => {
    const stored = await keys.create('P-384');
    const next = new MasterKey(randomBytes(32));
    await assert.rejects(
      makeLocalKeyStore(new MasterKeyRing(next)).open(stored),
      /master key [0-9a-f]{16}, which is not the one in use/,
    );
    const handle = await makeLocalKeyStore(new MasterKeyRing(next, [master])).open(stored);
    assert.equal((await handle.sign(Buffer.from('x'))).length, 96);
  });

  test('keeps no private key in clear', async () => {
    const stored = await keys.create('P-384');
    // PKCS#8 and SEC 1 keys begin with these object identifiers.
    for (const oid of ['2a8648ce3d0201', '2b81040022'])
      assert.ok(!Buffer.from(stored.sealed).toString('hex').includes(oid));
  });
});

test('an ephemeral key signs until it is destroyed', async () => {
  const key = makeEphemeralKey();
  assert.equal(key.publicKeySpki().length, 120);
  assert.equal((await key.sign(Buffer.from('x'))).length, 96);
  key.destroy();
  await assert.rejects(key.sign(Buffer.from('x')), KeyUnavailableError);
});

describe('after a change of the master key', () => {
  const [former, next] = [new MasterKey(randomBytes(32)), new MasterKey(randomBytes(32))];

  test('a key is wrapped anew: the same key, good without the former master key', async () => {
    const ring = new MasterKeyRing(former);
    const stored = await makeLocalKeyStore(ring).create('P-384');
    const keys = makeLocalKeyStore(ring);
    assert.equal(keys.rewrap(stored), undefined);
    ring.use(next);
    const sealed = keys.rewrap(stored) ?? assert.fail('not wrapped');
    ring.forget(former.id);
    await assert.rejects(keys.open(stored), KeyUnavailableError);
    assert.equal((await (await keys.open({ ...stored, sealed })).sign(Buffer.from('x'))).length, 96);
    // Only the data key is wrapped again; the private key stays as it is.
    assert.deepEqual(sealed.slice(69), stored.sealed.slice(69));
    assert.throws(() => keys.rewrap({ ...stored, id: 'another' }), KeyUnavailableError);
  });

  test('a record of the first layout is opened, and sealed in the newer one', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const dataKey = randomBytes(32);
    const header = Buffer.concat([Uint8Array.of(1), Buffer.from(former.id, 'hex')]);
    const bound = Buffer.concat([header, Buffer.from('local:old-1')]);
    const wrapping = former.deriveKey('sealport/key-wrapping/v1');
    const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
    const stored = {
      id: 'old-1',
      kind: 'local' as const,
      sealed: Buffer.concat([header, encrypt(wrapping, dataKey, bound), encrypt(dataKey, pkcs8, bound)]),
      publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    };
    const ring = new MasterKeyRing(former);
    const keys = makeLocalKeyStore(ring);
    (await keys.open(stored)).destroy();
    ring.use(next);
    const sealed = keys.rewrap(stored) ?? assert.fail('not wrapped');
    assert.equal(sealed[0], 2);
    ring.forget(former.id);
    (await keys.open({ ...stored, sealed })).destroy();
  });

  test('secrets are sealed again, bound to what they belong to', () => {
    const ring = new MasterKeyRing(former);
    const box = makeSecretBox(ring);
    const sealed = box.seal('AKIA1', 'secret');
    assert.equal(box.reseal('AKIA1', sealed), undefined);
    ring.use(next);
    assert.throws(() => box.reseal('AKIA2', sealed), KeyUnavailableError);
    const again = box.reseal('AKIA1', sealed) ?? assert.fail('not sealed');
    ring.forget(former.id);
    assert.equal(box.open('AKIA1', again), 'secret');
    assert.throws(() => box.open('AKIA1', sealed), KeyUnavailableError);
  });

  test('claims are taken back until the former key is forgotten', () => {
    const ring = new MasterKeyRing(former);
    const claims = makeSealedClaims(() => ring.derived('claims'));
    const before = claims.seal('login', { key: 'k' });
    ring.add(next);
    ring.use(next);
    assert.notEqual(claims.seal('login', { key: 'k' }), before);
    assert.deepEqual(claims.open('login', before), { key: 'k' });
    assert.ok(claims.sealedUnderAll('login', { key: 'k' }).includes(before));
    const generation = claims.generation();
    ring.forget(former.id);
    assert.notEqual(claims.generation(), generation);
    assert.equal(claims.open('login', before), undefined);
  });
});
