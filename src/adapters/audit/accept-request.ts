// How an operator's acceptance comes to a server that holds the data directory: as a file beside the records, under a MAC
// of the master key, which the server writes into the trail and then removes. Pins in it are of one state of the records,
// so an old request that somebody puts back accepts nothing new.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Acceptance } from './log.ts';
import type { AuditKey } from './seal.ts';

const NAME = 'accept-request';
const MAX_BYTES = 4 * 1024 * 1024;

function macOf({ by, reason, problems }: Acceptance, { key, id }: AuditKey): Buffer {
  return createHmac('sha256', key)
    .update(`sealport-audit-accept/1\n${JSON.stringify([id, by, reason, problems])}`)
    .digest();
}

/** The file is whole or not there. */
export async function writeAcceptRequest(
  directory: string,
  acceptance: Acceptance,
  key: AuditKey,
): Promise<void> {
  const path = join(directory, NAME);
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    const mac = macOf(acceptance, key).toString('hex');
    await file.writeFile(JSON.stringify({ ...acceptance, key: key.id, mac }));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

export async function hasAcceptRequest(directory: string): Promise<boolean> {
  try {
    await stat(join(directory, NAME));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** `bad`: it was not made under one of the keys. */
export async function readAcceptRequest(
  directory: string,
  keys: readonly AuditKey[],
): Promise<Acceptance | 'bad'> {
  const path = join(directory, NAME);
  if ((await stat(path)).size > MAX_BYTES) return 'bad';
  let parsed: Partial<Acceptance & { readonly key: unknown; readonly mac: unknown }> | null;
  try {
    parsed = JSON.parse(await readFile(path, 'utf8')) as typeof parsed;
  } catch (error) {
    if (error instanceof SyntaxError) return 'bad';
    throw error;
  }
  const { by, reason, problems, mac, key: keyId } = parsed ?? {};
  const key = keys.find(({ id }) => id === keyId);
  if (key === undefined || by === undefined || reason === undefined || problems === undefined) return 'bad';
  const acceptance = { by, reason, problems };
  const given = Buffer.from(String(mac), 'hex');
  const wanted = macOf(acceptance, key);
  return given.length === wanted.length && timingSafeEqual(given, wanted) ? acceptance : 'bad';
}

export async function removeAcceptRequest(directory: string): Promise<void> {
  await rm(join(directory, NAME), { force: true });
}
