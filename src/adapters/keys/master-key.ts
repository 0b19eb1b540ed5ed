// The master key: 32 random bytes in a file that only its owner may read. Everything secret at rest hangs on
// it. It is never logged, never printed, and leaves this object only as derived keys or for the signing workers.
import { hkdfSync, randomBytes } from 'node:crypto';
import { type FileHandle, link, open, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';

const masterKeyBytes = 32;

/** The master key cannot be used; the message says what to do and holds no key material. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError';
}

export class MasterKey {
  readonly #bytes: Buffer;
  /** Names the key in sealed records, 16 hex characters; tells nothing about it. */
  readonly id: string;

  /** Takes 32 bytes and keeps a copy of them. Throws MasterKeyError on another length. */
  constructor(bytes: Uint8Array) {
    if (bytes.length !== masterKeyBytes)
      throw new MasterKeyError(`a master key has ${masterKeyBytes} bytes, this one has ${bytes.length}`);
    if (new Set(bytes).size < 8) throw new MasterKeyError('the master key is not random');
    this.#bytes = Buffer.from(bytes);
    this.id = Buffer.from(this.deriveKey('sealport/master-key-id')).toString('hex', 0, 8);
  }

  /** HKDF-SHA256 (RFC 5869) of the master key: a key of its own for each label, 32 bytes unless told. */
  deriveKey(label: string, length = 32): Uint8Array {
    return new Uint8Array(hkdfSync('sha256', this.#bytes, new Uint8Array(0), label, length));
  }

  /** A copy for a signing worker, which has its own memory. Nobody else may ask. */
  copyForWorker(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#bytes);
  }

  toJSON(): string {
    return `[master key ${this.id}]`;
  }

  [inspect.custom](): string {
    return this.toJSON();
  }
}

/**
 * Reads the master key, or makes it when the file does not exist. A made key is on disk, file and directory,
 * before it is given out. Throws MasterKeyError when the file is readable by others, has the wrong size or is
 * no regular file.
 */
export async function loadOrCreateMasterKey(path: string): Promise<{ key: MasterKey; created: boolean }> {
  const present = await readMasterKey(path);
  if (present !== undefined) return { key: present, created: false };
  const created = await writeMasterKey(path, randomBytes(masterKeyBytes));
  const key = await readMasterKey(path);
  if (key === undefined) throw new MasterKeyError(`the master key ${path} vanished while it was read`);
  return { key, created };
}

/** Reads the master key; undefined when the file does not exist. Throws MasterKeyError as above. */
export async function readMasterKey(path: string): Promise<MasterKey | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw new MasterKeyError(`the master key ${path} cannot be opened`, { cause: error });
  }
  const bytes = Buffer.alloc(masterKeyBytes + 1);
  try {
    const { mode, size } = await file.stat();
    if ((mode & 0o170000) !== 0o100000) throw new MasterKeyError(`the master key ${path} is no regular file`);
    if ((mode & 0o077) !== 0)
      throw new MasterKeyError(
        `the master key ${path} may be read by others (mode ${(mode & 0o777).toString(8)}); run chmod 600 on it, and change it if it was exposed`,
      );
    if (size !== masterKeyBytes)
      throw new MasterKeyError(
        `the master key ${path} must have exactly ${masterKeyBytes} bytes, it has ${size}`,
      );
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return new MasterKey(bytes.subarray(0, bytesRead));
  } finally {
    bytes.fill(0);
    await file.close();
  }
}

/** Writes under another name and links it in place, so that the file is whole or absent. False if one was there. */
export async function writeMasterKey(path: string, bytes: Buffer): Promise<boolean> {
  const directory = dirname(path);
  const suffix = randomBytes(8).toString('hex');
  const temporary = join(directory, `.master-key-${suffix}`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(temporary, path);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw new MasterKeyError(`the master key ${path} cannot be written`, { cause: error });
  } finally {
    bytes.fill(0);
    await removeIfPresent(temporary);
    await syncDirectory(directory);
  }
}

async function removeIfPresent(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

async function syncDirectory(path: string): Promise<void> {
  let directory: FileHandle;
  try {
    directory = await open(path, 'r');
  } catch (error) {
    // A directory that does not exist has already failed the write with a message of its own.
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
