// Entry of a signing worker thread: takes requests in order, makes and verifies one signature at a time, and
// makes leaves for the next ones when it has nothing else to do. Private keys never leave this thread.
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { isMainThread, type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { makeEphemeralKey } from './adapters/keys/ephemeral.ts';
import { makeLocalKeyStore } from './adapters/keys/local.ts';
import { MasterKeyRing } from './adapters/keys/master-key-ring.ts';
import type { FromWorker, ToWorker, WorkerStart } from './adapters/signing-pool/protocol.ts';
import { makeSignatureRecipe, readyFor, SignatureMakerError } from './domain/signing/notary/index.ts';

function serve(port: MessagePort, start: WorkerStart): void {
  const recipe = makeSignatureRecipe({
    keys: makeLocalKeyStore(MasterKeyRing.ofCopies(start.masterKeys)),
    makeLeafKey: makeEphemeralKey,
  });
  const waiting: Extract<ToWorker, { type: 'sign' }>[] = [];
  let working = false;
  let preparing = false;
  let closing = false;
  let forgetTimer: NodeJS.Timeout | undefined;

  function send(message: FromWorker, transfer: ArrayBuffer[] = []): void {
    port.postMessage(message, transfer);
  }

  async function work(): Promise<void> {
    working = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        const made = await recipe.make(next.request);
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
    else prepareAhead();
  }

  function prepareAhead(): void {
    clearTimeout(forgetTimer);
    forgetTimer = setTimeout(() => recipe.forgetPrepared(), readyFor * 1000).unref();
    if (preparing) return;
    preparing = true;
    setImmediate(() => void prepareStep());
  }

  /** A step, then back to the event loop, so that a request waits for half a millisecond at most. */
  async function prepareStep(): Promise<void> {
    preparing = !working && !closing && (await recipe.prepare());
    if (preparing) setImmediate(() => void prepareStep());
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
}

/**
 * Lets the threads that serve clients go first when every core is busy. Only Linux has a priority for each
 * thread; elsewhere it stays as it is.
 */
function stepBack(): void {
  if (process.platform !== 'linux') return;
  const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  if (Number.isSafeInteger(thread) && thread !== process.pid) setPriority(thread, 19);
}

function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${traceOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

if (isMainThread || parentPort === null) throw new Error('the signing worker runs as a worker thread only');
stepBack();
serve(parentPort, workerData as WorkerStart);
