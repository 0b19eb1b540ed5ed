// Which parts of large files were read a short while ago. They are in the page cache: reading one again is a copy from
// memory, which the thread that sends it does itself in less time than it takes to ask another thread. Bounded,
// whatever is read: of the files that were not opened for longest nothing is known any more.

/** What is known is known of parts of this length. */
export const PART_BYTES = 256 * 1024;

/** How long a part that was read counts as warm. */
const WARM_MS = 60_000;

/** Parts that are known of at a time: 64 GiB of files, for which 1 MiB of memory is needed. */
const MAX_PARTS = 256 * 1024;

/** 16 MiB: so little is lost when it was the processor that was busy, and so seldom is a disk waited for when not. */
const COOLED_PARTS = 64;

export interface WarmFile {
  /** Whether all bytes from `from` to `to` (exclusive) were read a short while ago. */
  isWarm(from: number, to: number): boolean;
  /** These bytes were read just now. */
  wasRead(from: number, to: number): void;
  /** Reading what was warm took long, maybe because its memory was needed for something else: so it goes from here on. */
  cool(position: number): void;
}

export interface WarmParts {
  /** `identity`: tells the file from any other, and from itself after a write. */
  of(identity: string, sizeBytes: number): WarmFile;
}

/** `now`: ms from any beginning, never going back. */
export function makeWarmParts(now: () => number): WarmParts {
  const files = new Map<string, { readonly file: WarmFile; readonly parts: number }>();
  let known = 0;

  function forgetOldest(): void {
    for (const [identity, { parts }] of files) {
      if (known <= MAX_PARTS || files.size === 1) break;
      files.delete(identity);
      known -= parts;
    }
  }

  return {
    of(identity, sizeBytes) {
      const opened = files.get(identity);
      if (opened !== undefined) {
        // A map keeps the order of insertion: the file that was opened last is the last.
        files.delete(identity);
        files.set(identity, opened);
        return opened.file;
      }
      const parts = Math.min(Math.ceil(sizeBytes / PART_BYTES), MAX_PARTS);
      const file = makeWarmFile(sizeBytes, parts, now);
      files.set(identity, { file, parts });
      known += parts;
      forgetOldest();
      return file;
    },
  };
}

function makeWarmFile(sizeBytes: number, parts: number, now: () => number): WarmFile {
  /** When each part was read, in s; 0 for never. */
  const readAt = new Uint32Array(parts);
  const second = (ms: number) => Math.floor(ms / 1000) + 1;
  return {
    isWarm(from, to) {
      const last = Math.ceil(to / PART_BYTES);
      if (last > parts) return false;
      const since = Math.max(second(now() - WARM_MS), 1);
      for (let part = Math.floor(from / PART_BYTES); part < last; part += 1) {
        if ((readAt[part] ?? 0) < since) return false;
      }
      return true;
    },
    wasRead(from, to) {
      // Of a part that was not read whole, the rest may be anywhere.
      const last = to >= sizeBytes ? parts : Math.floor(to / PART_BYTES);
      readAt.fill(second(now()), Math.ceil(from / PART_BYTES), last);
    },
    cool(position) {
      const first = Math.floor(position / PART_BYTES);
      readAt.fill(0, first, first + COOLED_PARTS);
    },
  };
}
