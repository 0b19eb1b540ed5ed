// Leaves, one for each signature: made when one is asked for, or ahead, after a signature, for the next one of the
// same profile version; then a push waits for two P-384 operations and not for five.
// A leaf is: made ahead -> checked -> taken, once; or dropped, when it is old or does not fit what is asked for.
// Never gives a leaf twice, and its key to nobody but who signs with it.
import { hash } from 'node:crypto';
import {
  backdate,
  type Certificate,
  type DistinguishedName,
  issueCertificate,
  type KeyHandle,
  type LeafTemplate,
  makeLeafTemplate,
  newSerialNumber,
  parseCertificate,
  type StoredKey,
} from '../../pki/index.ts';
import { makeBoundedMap } from './bounded-map.ts';

/** How long a leaf may wait for its signature, s. It ends at most so much later than its signature. */
export const readyFor = 15 * 60;
/** Leaves that are ready for one profile version: an image for several platforms is as many pushes at once. */
const perShelf = 8;
/** Profile versions, those used last. */
const maxShelves = 16;

/** Everything that a leaf must be for a signature. */
export interface LeafOrder {
  readonly issuer: Certificate;
  readonly issuerKey: StoredKey;
  readonly subject: DistinguishedName;
  /** Epoch seconds. */
  readonly signingTime: number;
  /** Epoch seconds; cut to the issuer's own end. */
  readonly notAfter: number;
}

export interface Leaf {
  readonly key: KeyHandle;
  readonly certDer: Uint8Array;
  readonly certificate: Certificate;
  /** Whether the issuer's signature was checked already. */
  readonly checked: boolean;
}

export interface LeafStock {
  readonly take: (order: LeafOrder) => Promise<Leaf>;
  /** One step ahead, one P-384 operation; false when nothing is left to do. Call it only when no signature waits. */
  readonly prepare: () => Promise<boolean>;
  /** Drops all that is ready. To be called when there were no signatures for a while (`readyFor`). */
  readonly clear: () => void;
}

interface MadeAhead extends Leaf {
  checked: boolean;
  readonly order: LeafOrder;
}

/** What is ready for the signatures of one profile version. */
interface Shelf {
  /** Of the last signature. */
  readonly order: LeafOrder;
  readonly leaves: MadeAhead[];
}

export function makeLeafStock(deps: {
  readonly makeKey: () => KeyHandle;
  readonly openKey: (stored: StoredKey) => Promise<KeyHandle>;
}): LeafStock {
  const templates = makeBoundedMap<LeafTemplate>();
  /** The one used last is the last. */
  const shelves = new Map<string, Shelf>();
  let spareKey: KeyHandle | undefined;

  async function issue(order: LeafOrder, notAfter: number): Promise<Leaf> {
    const { issuer, subject } = order;
    const issuerKey = await deps.openKey(order.issuerKey);
    const template = templates.get(`${issuer.thumbprint} ${JSON.stringify(subject)}`, () =>
      makeLeafTemplate(issuer, subject),
    );
    const key = spareKey ?? deps.makeKey();
    spareKey = undefined;
    const linted = template.prepare({
      spki: key.publicKeySpki(),
      serial: newSerialNumber(),
      notBefore: Math.max(order.signingTime * 1000 - backdate, issuer.notBefore),
      notAfter: Math.min(notAfter * 1000, issuer.notAfter),
    });
    const certDer = await issueCertificate(linted, issuerKey);
    return { key, certDer, certificate: parseCertificate(certDer), checked: false };
  }

  function remove(name: string): void {
    for (const leaf of shelves.get(name)?.leaves ?? []) leaf.key.destroy();
    shelves.delete(name);
  }

  async function prepareFor({ order, leaves }: Shelf): Promise<boolean> {
    const unchecked = leaves.find(({ checked }) => !checked);
    if (unchecked !== undefined) {
      if (!unchecked.certificate.signedBy(order.issuer.publicKey))
        throw new Error('a leaf that was made ahead is not signed by its issuer');
      unchecked.checked = true;
      return true;
    }
    if (leaves.length >= perShelf) return false;
    if (spareKey === undefined) spareKey = deps.makeKey();
    else leaves.push({ ...(await issue(order, order.notAfter + readyFor)), order });
    return true;
  }

  return {
    take: async (order) => {
      for (const [name, shelf] of shelves)
        if (order.signingTime - shelf.order.signingTime > readyFor) remove(name);
      const name = nameOf(order);
      const leaves = shelves.get(name)?.leaves ?? [];
      let ready = leaves.shift();
      while (ready !== undefined && !fits(ready, order)) {
        ready.key.destroy();
        ready = leaves.shift();
      }
      const leaf = ready ?? (await issue(order, order.notAfter));
      shelves.delete(name);
      shelves.set(name, { order, leaves });
      const [oldest] = shelves.keys();
      if (shelves.size > maxShelves && oldest !== undefined) remove(oldest);
      return leaf;
    },

    prepare: async () => {
      for (const [name, shelf] of [...shelves].toReversed()) {
        try {
          if (await prepareFor(shelf)) return true;
        } catch {
          // Nobody waits for it. The next signature of this profile version meets the same fault, and tells it.
          remove(name);
        }
      }
      return false;
    },

    clear: () => {
      for (const name of shelves.keys()) remove(name);
      spareKey?.destroy();
      spareKey = undefined;
    },
  };
}

function nameOf({ issuer, issuerKey, subject }: LeafOrder): string {
  return `${issuer.thumbprint} ${hash('sha256', issuerKey.sealed)} ${JSON.stringify(subject)}`;
}

/** Whether a leaf that was made ahead covers what is asked for, and not much more. */
function fits({ order: made }: MadeAhead, asked: LeafOrder): boolean {
  return (
    made.signingTime <= asked.signingTime &&
    asked.signingTime <= made.signingTime + readyFor &&
    made.notAfter <= asked.notAfter &&
    asked.notAfter <= made.notAfter + readyFor
  );
}
