// Lines into a file by way of one buffer that is used again and again. Memory that is new for each batch costs a page
// fault for every 4 KiB of it, which was more than all else that is done for the record of a pull.
import { writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

const BUFFER_BYTES = 64 * 1024;
/** Of one UTF-16 unit, and of the end of a line. */
const MOST_BYTES = 3;

export class LineWriter {
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #used = 0;
  #fd = -1;
  #position = 0;

  /** The next line goes to `position` of this file; what was added and not ended is forgotten. */
  begin({ fd }: FileHandle, position: number): void {
    this.#fd = fd;
    this.#position = position;
    this.#used = 0;
  }

  /** `line` has no end yet. Throws what the system says, after it may have taken a part. */
  add(line: string): void {
    const most = MOST_BYTES * (line.length + 1);
    if (most > BUFFER_BYTES - this.#used) this.#flush();
    if (most > BUFFER_BYTES) {
      this.#write(Buffer.from(`${line}\n`));
      return;
    }
    this.#used += this.#buffer.write(line, this.#used);
    this.#used += this.#buffer.write('\n', this.#used);
  }

  /** All of the lines, into the page cache; gives where the next one begins. */
  end(): number {
    this.#flush();
    return this.#position;
  }

  #flush(): void {
    this.#write(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  #write(bytes: Buffer): void {
    // A disk that fills up takes a part, and says why only when it is asked to take the rest.
    for (let written = 0; written < bytes.length; ) {
      const taken = writeSync(this.#fd, bytes, written, bytes.length - written, this.#position);
      written += taken;
      this.#position += taken;
    }
  }
}
