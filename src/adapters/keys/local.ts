// Keys in the metadata, sealed: each private key under a data key of its own, the data key under the master
// key (envelope encryption, AES-256-GCM twice). Bound to the key's id and kind, so that a record cannot be
// passed off as another. A new master key means wrapping the data keys again, never the private keys.
import { createPrivateKey, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import {
  type KeyHandle,
  type KeySpec,
  type KeyStore,
  KeyUnavailableError,
  type StoredKey,
} from '../../domain/pki/ports.ts';
import { openHandle, publicKeyOf } from './ephemeral.ts';
import type { MasterKeyRing } from './master-key-ring.ts';
import { decrypt, encrypt, nonceBytes, tagBytes } from './sealing.ts';

/**
 * Layout of `sealed`, bytes:
 * 1 version | 8 master key id | 12 nonce, 32 + 16 data key and tag | 12 nonce, n + 16 private key (PKCS#8) and tag
 * In version 1 the private key is bound to the master key's id, too: it is sealed anew when the master key changes.
 */
const version = 2;
const firstVersion = 1;
const dataKeyBytes = 32;
const headerBytes = 1 + 8;
const wrappedBytes = nonceBytes + dataKeyBytes + tagBytes;
const label = 'sealport/key-wrapping/v1';

type Identity = Pick<StoredKey, 'id' | 'kind'>;

export interface LocalKeyStore extends KeyStore {
  /** The same private key under the master key in use; undefined when it is already. Rejects as `open` does. */
  rewrap(key: Identity & Pick<StoredKey, 'sealed'>): Uint8Array | undefined;
}

/** Key store over the master keys at hand: seals under the one in use, opens with all. */
export function makeLocalKeyStore(ring: MasterKeyRing): LocalKeyStore {
  function wrappingKey(id: string): Uint8Array {
    const at = ring.all.findIndex((key) => key.id === id);
    const key = ring.derived(label)[at];
    if (key === undefined)
      throw new KeyUnavailableError(`the key is sealed under master key ${id}, which is not the one in use`);
    return key;
  }

  function wrap(
    dataKey: Uint8Array,
    identity: Identity,
  ): { readonly header: Buffer; readonly wrapped: Buffer } {
    const { id } = ring.current;
    const header = Buffer.concat([Uint8Array.of(version), Buffer.from(id, 'hex')]);
    return { header, wrapped: encrypt(wrappingKey(id), dataKey, boundTo(header, identity)) };
  }

  /** Calls `use` with the data key and what the private key is bound to; the data key is overwritten afterwards. */
  function withDataKey<T>(
    { sealed, ...identity }: Identity & Pick<StoredKey, 'sealed'>,
    use: (dataKey: Buffer, rest: Uint8Array, bound: Uint8Array) => T,
  ): T {
    const [found] = sealed;
    if (
      (found !== version && found !== firstVersion) ||
      sealed.length <= headerBytes + wrappedBytes + nonceBytes + tagBytes
    )
      throw new KeyUnavailableError('the sealed key has an unknown format');
    const header = sealed.subarray(0, headerBytes);
    const wrapping = wrappingKey(masterKeyIdOf(sealed));
    const rest = sealed.subarray(headerBytes + wrappedBytes);
    const bound = boundTo(found === firstVersion ? header : header.subarray(0, 1), identity);
    const wrapped = sealed.subarray(headerBytes, headerBytes + wrappedBytes);
    const dataKey = decrypt(wrapping, wrapped, boundTo(header, identity));
    try {
      return use(dataKey, rest, bound);
    } finally {
      dataKey.fill(0);
    }
  }

  return {
    async create(_spec: KeySpec): Promise<StoredKey> {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
      const identity = { id: randomUUID(), kind: 'local' } as const;
      const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
      const dataKey = randomBytes(dataKeyBytes);
      try {
        const { header, wrapped } = wrap(dataKey, identity);
        const own = encrypt(dataKey, pkcs8, boundTo(header.subarray(0, 1), identity));
        const sealed = Uint8Array.from(Buffer.concat([header, wrapped, own]));
        const spki = publicKey.export({ type: 'spki', format: 'der' });
        return { ...identity, sealed, publicKey: Uint8Array.from(spki) };
      } finally {
        pkcs8.fill(0);
        dataKey.fill(0);
      }
    },

    async open(key: StoredKey): Promise<KeyHandle> {
      const { id, kind, sealed, publicKey } = key;
      return withDataKey({ id, kind, sealed }, (dataKey, rest, bound) => {
        const pkcs8 = decrypt(dataKey, rest, bound);
        try {
          const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
          const spki = publicKeyOf(privateKey);
          if (Buffer.compare(spki, publicKey) !== 0)
            throw new KeyUnavailableError('the sealed key does not belong to its public key');
          return openHandle(privateKey, spki);
        } finally {
          pkcs8.fill(0);
        }
      });
    },

    rewrap({ id, kind, sealed }) {
      if (masterKeyIdOf(sealed) === ring.current.id) return undefined;
      return withDataKey({ id, kind, sealed }, (dataKey, rest, bound) => {
        const { header, wrapped } = wrap(dataKey, { id, kind });
        const own =
          sealed[0] === firstVersion
            ? sealAgain(dataKey, rest, bound, boundTo(header.subarray(0, 1), { id, kind }))
            : rest;
        return Uint8Array.from(Buffer.concat([header, wrapped, own]));
      });
    },
  };
}

function sealAgain(key: Uint8Array, sealed: Uint8Array, before: Uint8Array, after: Uint8Array): Buffer {
  const opened = decrypt(key, sealed, before);
  try {
    return encrypt(key, opened, after);
  } finally {
    opened.fill(0);
  }
}

function masterKeyIdOf(sealed: Uint8Array): string {
  return Buffer.from(sealed.subarray(1, headerBytes)).toString('hex');
}

/** Additional authenticated data: a prefix, the key's kind and its id. */
function boundTo(prefix: Uint8Array, { id, kind }: Identity): Uint8Array {
  return Buffer.concat([prefix, Buffer.from(`${kind}:${id}`, 'utf8')]);
}
