// The master keys of a data directory: the one in use, and the former ones that still open what is sealed under them.
import { loadOrCreateMasterKey } from './master-key.ts';
import { readFormerKeys } from './master-key-files.ts';
import { MasterKeyRing } from './master-key-ring.ts';

/** The master keys at hand. Makes the first one when there is none. */
export async function openMasterKeys(path: string): Promise<MasterKeyRing> {
  const { key } = await loadOrCreateMasterKey(path);
  const former = await readFormerKeys(path);
  return new MasterKeyRing(
    key,
    former.map((each) => each.key),
  );
}
