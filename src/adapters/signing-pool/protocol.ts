// What the pool and its workers say to each other. All of it survives a structured clone.
import type {
  MadeSignature,
  SignatureMakerErrorCode,
  SigningRequest,
} from '../../domain/signing/notary/ports.ts';
import type { BootstrapData } from '../../shared/thread-bootstrap.ts';

/** Given to a worker at its start. */
export interface WorkerStart extends BootstrapData {
  /**
   * Master keys: the one in use, then retired ones that may still open old records. 32 bytes each, moved to the
   * worker and not copied.
   */
  readonly masterKeys: readonly Uint8Array[];
}

export type ToWorker =
  | { readonly type: 'sign'; readonly id: number; readonly request: SigningRequest }
  /** Finish what was sent, then end. */
  | { readonly type: 'close' };

export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'made'; readonly id: number; readonly made: MadeSignature }
  | {
      readonly type: 'refused';
      readonly id: number;
      readonly code: SignatureMakerErrorCode;
      readonly message: string;
      /** The stack of the fault, for the server's log only. */
      readonly trace: string;
    };
