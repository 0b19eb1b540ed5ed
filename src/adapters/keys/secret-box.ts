// Secret access keys at rest: sealed under a key of the master key, bound to the access key's id. Opened only to
// check a signature; never printed.
import type { SecretBox } from '../../domain/access/ports.ts';
import { KeyUnavailableError } from '../../domain/pki/ports.ts';
import type { MasterKey } from './master-key.ts';
import { decrypt, encrypt, nonceBytes, tagBytes } from './sealing.ts';

/** Layout of what is sealed, version 1, bytes: 1 version | 8 master key id | 12 nonce, n + 16 secret and tag */
const version = 1;
const headerBytes = 1 + 8;
const label = 'sealport/secret-sealing/v1';

/** A box over one master key, and over retired ones that may still open old records. */
export function makeSecretBox(masterKey: MasterKey, retired: readonly MasterKey[] = []): SecretBox {
  const keys = new Map([masterKey, ...retired].map((key) => [key.id, key.deriveKey(label)] as const));
  const keyOf = (id: string): Uint8Array => {
    const key = keys.get(id);
    if (key === undefined)
      throw new KeyUnavailableError(`a secret is sealed under master key ${id}, which is not the one in use`);
    return key;
  };
  const boundTo = (header: Uint8Array, identity: string) =>
    Buffer.concat([header, Buffer.from(identity, 'utf8')]);

  return {
    seal(identity, secret) {
      const header = Buffer.concat([Uint8Array.of(version), Buffer.from(masterKey.id, 'hex')]);
      const sealed = encrypt(keyOf(masterKey.id), Buffer.from(secret, 'utf8'), boundTo(header, identity));
      return Uint8Array.from(Buffer.concat([header, sealed]));
    },
    open(identity, sealed) {
      if (sealed[0] !== version || sealed.length < headerBytes + nonceBytes + tagBytes)
        throw new KeyUnavailableError('a sealed secret has an unknown format');
      const header = sealed.subarray(0, headerBytes);
      const key = keyOf(Buffer.from(header.subarray(1)).toString('hex'));
      return decrypt(key, sealed.subarray(headerBytes), boundTo(header, identity)).toString('utf8');
    },
  };
}
