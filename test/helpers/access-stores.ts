// The access area on real stores in a temporary directory, without HTTP.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MasterKey } from '../../src/adapters/keys/master-key.ts';
import { MasterKeyRing } from '../../src/adapters/keys/master-key-ring.ts';
import { makeSecretBox } from '../../src/adapters/keys/secret-box.ts';
import { openMetadata } from '../../src/adapters/metadata/open.ts';
import { makeIdentityTokens } from '../../src/adapters/oidc/identity-tokens.ts';
import { type AccessDeps, makeAccess, makeDecide, makeSealedClaims } from '../../src/domain/access/index.ts';

export const accountId = '123456789012';
export const ROOT_KEY = 'AKIAROOTROOTROOTROOT';

export type AccessStores = Awaited<ReturnType<typeof openAccessStores>>;

export async function openAccessStores(changes: Partial<AccessDeps> = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'sealport-access-'));
  const ring = new MasterKeyRing(new MasterKey(randomBytes(32)));
  const path = join(directory, 'metadata.db');
  const metadata = await openMetadata({
    path,
    onError(error) {
      throw error;
    },
  });
  const clock = { time: 1_700_000_000_000, now: () => clock.time };
  /** As after a restart. */
  const restarted = () =>
    makeAccess({
      ...metadata,
      clock,
      claims: makeSealedClaims(() => ring.derived('sealport/claims')),
      secrets: makeSecretBox(ring),
      configuredRoot: { accountId, accessKeyId: ROOT_KEY, secretAccessKey: 'root-secret' },
      identityTokens: makeIdentityTokens({ clock }),
      decide: makeDecide(),
      allowLoopbackIssuers: true,
      ...changes,
    });
  return {
    ...restarted(),
    restarted,
    metadata,
    clock,
    directory,
    async close() {
      await metadata.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
