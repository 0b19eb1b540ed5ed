// Keeps a last bit of the disk free of layers: with it the records can still be written, so images can be deleted and
// garbage be collected on a disk that is full.
import { statfsSync } from 'node:fs';
import { DomainError } from '../../domain/errors.ts';

/** What is kept free: this, or a twentieth of a small disk. */
const RESERVE_BYTES = 64 * 1024 * 1024;
/** The disk is asked again after so many bytes. */
const STEP_BYTES = 8 * 1024 * 1024;

export interface DiskSpace {
  /** To be called before bytes are written. Throws StorageUnavailable when there is no room for them. */
  claim(bytes: number): void;
  /** Throws StorageUnavailable when there is no room for layers now. */
  check(): void;
}

/** The disk that `folder` lies on. */
export function makeDiskSpace(folder: string): DiskSpace {
  let allowance = 0;

  function room(): number {
    const { bavail, blocks, bsize } = statfsSync(folder);
    return bavail * bsize - Math.min(RESERVE_BYTES, (blocks * bsize) / 20);
  }

  return {
    claim(bytes) {
      allowance -= bytes;
      if (allowance >= 0) return;
      const left = room() - bytes;
      if (left < 0) throw full();
      allowance = Math.min(left, STEP_BYTES);
    },
    check() {
      if (room() <= 0) throw full();
    },
  };
}

function full(): DomainError<'StorageUnavailable'> {
  return new DomainError('StorageUnavailable', 'The disk of the registry is full; try again later.', {});
}
