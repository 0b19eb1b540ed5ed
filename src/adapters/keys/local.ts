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
import type { MasterKey } from './master-key.ts';
import { decrypt, encrypt, nonceBytes, tagBytes } from './sealing.ts';

/**
 * Layout of `sealed`, version 1, bytes:
 * 1 version | 8 master key id | 12 nonce, 32 + 16 data key and tag | 12 nonce, n + 16 private key (PKCS#8) and tag
 */
const version = 1;
const dataKeyBytes = 32;
const headerBytes = 1 + 8;
const wrappedBytes = nonceBytes + dataKeyBytes + tagBytes;

/** Key store over one master key, and over retired ones that may still open old records. */
export function makeLocalKeyStore(masterKey: MasterKey, retired: readonly MasterKey[] = []): KeyStore {
  const wrappingKeys = new Map(
    [masterKey, ...retired].map((key) => [key.id, key.deriveKey('sealport/key-wrapping/v1')] as const),
  );

  function wrappingKey(id: string): Uint8Array {
    const key = wrappingKeys.get(id);
    if (key === undefined)
      throw new KeyUnavailableError(`the key is sealed under master key ${id}, which is not the one in use`);
    return key;
  }

  return {
    async create(_spec: KeySpec): Promise<StoredKey> {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
      const id = randomUUID();
      const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
      const dataKey = randomBytes(dataKeyBytes);
      try {
        const header = Buffer.concat([Uint8Array.of(version), Buffer.from(masterKey.id, 'hex')]);
        const bound = boundTo(header, id, 'local');
        const sealed = Buffer.concat([
          header,
          encrypt(wrappingKey(masterKey.id), dataKey, bound),
          encrypt(dataKey, pkcs8, bound),
        ]);
        const spki = publicKey.export({ type: 'spki', format: 'der' });
        return { id, kind: 'local', sealed: Uint8Array.from(sealed), publicKey: Uint8Array.from(spki) };
      } finally {
        pkcs8.fill(0);
        dataKey.fill(0);
      }
    },

    async open(key: StoredKey): Promise<KeyHandle> {
      const { sealed } = key;
      if (sealed[0] !== version || sealed.length <= headerBytes + wrappedBytes + nonceBytes + tagBytes)
        throw new KeyUnavailableError('the sealed key has an unknown format');
      const header = sealed.subarray(0, headerBytes);
      const bound = boundTo(header, key.id, key.kind);
      const wrapping = wrappingKey(Buffer.from(header.subarray(1)).toString('hex'));
      const dataKey = decrypt(wrapping, sealed.subarray(headerBytes, headerBytes + wrappedBytes), bound);
      let pkcs8: Buffer | undefined;
      try {
        pkcs8 = decrypt(dataKey, sealed.subarray(headerBytes + wrappedBytes), bound);
        const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
        const spki = publicKeyOf(privateKey);
        if (Buffer.compare(spki, key.publicKey) !== 0)
          throw new KeyUnavailableError('the sealed key does not belong to its public key');
        return openHandle(privateKey, spki);
      } finally {
        dataKey.fill(0);
        pkcs8?.fill(0);
      }
    },
  };
}

/** Additional authenticated data: the header, the key's id and its kind. */
function boundTo(header: Uint8Array, id: string, kind: StoredKey['kind']): Uint8Array {
  return Buffer.concat([header, Buffer.from(`${kind}:${id}`, 'utf8')]);
}
