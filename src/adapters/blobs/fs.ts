// Blobs as files in the data directory: `blobs/<algorithm>/<2 hex>/<hex>` and `uploads/<uuid>`.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobFiles, UploadFiles } from '../../domain/registry/blob-ports.ts';
import { makeDiskSpace } from './disk-space.ts';
import { makeLayout } from './layout.ts';
import { makeBlobFiles } from './reading.ts';
import { loadSendFile, type SendFile } from './sendfile.ts';
import { syncFolder } from './sync-folder.ts';
import { makeUploadFiles } from './uploads.ts';

export interface FileStore {
  readonly blobs: BlobFiles;
  readonly uploads: UploadFiles;
}

/**
 * `dataDir` must exist. `onCopying` is told once why the kernel cannot be asked to send files: their bytes are copied
 * then.
 */
export async function openFileStore(
  dataDir: string,
  onCopying?: (reason: unknown) => void,
): Promise<FileStore> {
  const layout = makeLayout(dataDir);
  const folders = [layout.uploads, layout.blobs, join(layout.blobs, 'sha256'), join(layout.blobs, 'sha512')];
  for (const folder of folders) await mkdir(folder, { recursive: true, mode: 0o700 });
  await syncFolder(layout.blobs);
  await syncFolder(dataDir);
  const space = makeDiskSpace(dataDir);
  let sendFile: Promise<SendFile | undefined> | undefined;
  const sendFileOnce = () => {
    sendFile ??= loadSendFile().catch((error: unknown) => {
      onCopying?.(error);
      return undefined;
    });
    return sendFile;
  };
  return { blobs: makeBlobFiles(layout, space, sendFileOnce), uploads: makeUploadFiles(layout, space) };
}
