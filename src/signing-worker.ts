// Entry of a signing worker thread: takes requests in order, makes and verifies one signature at a time, and
// makes leaf keys ahead when it has nothing else to do. Private keys never leave this thread.
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { isMainThread, type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { makeEphemeralKey } from './adapters/keys/ephemeral.ts';
import { makeLocalKeyStore } from './adapters/keys/local.ts';
import { MasterKey } from './adapters/keys/master-key.ts';
import { MasterKeyRing } from './adapters/keys/master-key-ring.ts';
import type { FromWorker, ToWorker, WorkerStart } from './adapters/signing-pool/protocol.ts';
import type { KeyHandle } from './domain/pki/index.ts';
import { type LeafKeys, makeSignatureRecipe, SignatureMakerError } from './domain/signing/notary/index.ts';

/** Leaf keys that are kept ready; each was 0.5 ms of work. */
const spareKeys = 8;

function openKeyStore(start: WorkerStart) {
  const [current, ...retired] = start.masterKeys.map((bytes) => {
    const key = new MasterKey(bytes);
    bytes.fill(0);
    return key;
  });
  if (current === undefined) throw new Error('a signing worker was started without a master key');
  return makeLocalKeyStore(new MasterKeyRing(current, retired));
}

function makeLeafKeyReserve(): LeafKeys & { full(): boolean; add(): void } {
  const ready: KeyHandle[] = [];
  return {
    take: () => ready.pop() ?? makeEphemeralKey(),
    full: () => ready.length >= spareKeys,
    add: () => void ready.push(makeEphemeralKey()),
  };
}

function serve(port: MessagePort, start: WorkerStart): void {
  const leafKeys = makeLeafKeyReserve();
  const makeSignature = makeSignatureRecipe({ keys: openKeyStore(start), leafKeys });
  const waiting: Extract<ToWorker, { type: 'sign' }>[] = [];
  let working = false;
  let closing = false;

  function send(message: FromWorker, transfer: ArrayBuffer[] = []): void {
    port.postMessage(message, transfer);
  }

  async function work(): Promise<void> {
    working = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        const made = await makeSignature(next.request);
        // Own memory: a small Buffer is a window on a shared slab, which would be copied whole.
        const envelope = Uint8Array.from(made.envelope);
        const leafDer = Uint8Array.from(made.leafDer);
        send({ type: 'made', id: next.id, made: { ...made, envelope, leafDer } }, [
          envelope.buffer,
          leafDer.buffer,
        ]);
      } catch (error) {
        const known = error instanceof SignatureMakerError;
        send({
          type: 'refused',
          id: next.id,
          code: known ? error.code : 'INTERNAL',
          message: known ? error.message : 'the signature could not be made',
          trace: traceOf(error),
        });
      }
    }
    working = false;
    if (closing) port.close();
    else setImmediate(prepareAhead);
  }

  /** One key, then back to the event loop, so that a request waits for half a millisecond at most. */
  function prepareAhead(): void {
    if (working || closing || leafKeys.full()) return;
    leafKeys.add();
    setImmediate(prepareAhead);
  }

  port.on('message', (message: ToWorker) => {
    switch (message.type) {
      case 'sign':
        waiting.push(message);
        if (!working) void work();
        break;
      case 'close':
        closing = true;
        if (!working) port.close();
        break;
    }
  });
  send({ type: 'ready' });
  setImmediate(prepareAhead);
}

/**
 * Lets the threads that serve clients go first when every core is busy. Only Linux has a priority for each
 * thread; elsewhere it stays as it is.
 */
function stepBack(): void {
  if (process.platform !== 'linux') return;
  const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  if (Number.isSafeInteger(thread) && thread !== process.pid) setPriority(thread, 10);
}

function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${traceOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

if (isMainThread || parentPort === null) throw new Error('the signing worker runs as a worker thread only');
stepBack();
serve(parentPort, workerData as WorkerStart);
