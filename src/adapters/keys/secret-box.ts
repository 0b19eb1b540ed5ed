// Secret access keys at rest: sealed under a key of the master key, bound to the access key's id. Opened only to
// check a signature; never printed.
import type { SecretBox } from '../../domain/access/ports.ts';
import { KeyUnavailableError } from '../../domain/pki/ports.ts';
import type { MasterKeyRing } from './master-key-ring.ts';
import { decrypt, encrypt, nonceBytes, tagBytes } from './sealing.ts';

/** Layout of what is sealed, version 1, bytes: 1 version | 8 master key id | 12 nonce, n + 16 secret and tag */
const version = 1;
const headerBytes = 1 + 8;
const label = 'sealport/secret-sealing/v1';

export interface ResealingBox extends SecretBox {
  /** The same secret under the master key in use; undefined when it is already. Throws as `open` does. */
  reseal(identity: string, sealed: Uint8Array): Uint8Array | undefined;
}

/** A box over the master keys at hand: seals under the one in use, opens with all. */
export function makeSecretBox(ring: MasterKeyRing): ResealingBox {
  const keyOf = (id: string): Uint8Array => {
    const key = ring.derived(label)[ring.all.findIndex((candidate) => candidate.id === id)];
    if (key === undefined)
      throw new KeyUnavailableError(`a secret is sealed under master key ${id}, which is not the one in use`);
    return key;
  };
  const boundTo = (header: Uint8Array, identity: string) =>
    Buffer.concat([header, Buffer.from(identity, 'utf8')]);

  const box: SecretBox = {
    seal(identity, secret) {
      const header = Buffer.concat([Uint8Array.of(version), Buffer.from(ring.current.id, 'hex')]);
      const sealed = encrypt(keyOf(ring.current.id), Buffer.from(secret, 'utf8'), boundTo(header, identity));
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
  return {
    ...box,
    reseal(identity, sealed) {
      const id = Buffer.from(sealed.subarray(1, headerBytes)).toString('hex');
      return id === ring.current.id ? undefined : box.seal(identity, box.open(identity, sealed));
    },
  };
}
