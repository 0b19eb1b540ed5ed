// Signatures whose records are gone while a status still rests on them. What a read finds damaged begins at the content;
// this begins at the status, and so meets what is not there.
import type { Clock } from '../../shared/clock.ts';
import type {
  Image,
  Images,
  Layers,
  LostSignature,
  ManagedSignatures,
  Repositories,
} from '../registry/index.ts';
import type { Reader, Storage } from '../storage.ts';
import type { Lookups } from './lookups.ts';
import type { ImageSigningStatuses, SigningJobs, StatusKey } from './ports.ts';
import { stateOfSignature } from './status.ts';
import type { ListedSigningStatus, SignatureFault } from './types.ts';

/** Of a record that is gone. */
const MISSING = 'record missing';
/** Of one that says it belongs elsewhere. */
const DAMAGED = 'record damaged';

export interface SignatureRecordsDeps {
  readonly images: Pick<Images, 'find' | 'managedSignatures' | 'references'>;
  readonly layers: Pick<Layers, 'find' | 'findDamaged'>;
}

/**
 * Which record of the signature that a status rests on is gone: that of its manifest, or of the envelope that the
 * manifest names. undefined: they are all there, or nothing is known of the signature.
 */
export async function lossOfRecords(
  { images, layers }: SignatureRecordsDeps,
  on: Reader,
  { repositoryId, digest, jobId, signature }: ListedSigningStatus,
): Promise<SignatureFault | undefined> {
  if (signature?.digest === undefined) return undefined;
  const image = await images.find(on, repositoryId, signature.digest);
  if (image === undefined) {
    // Its row may be there under a digest that it does not have.
    for (const other of await images.managedSignatures(on, repositoryId, digest)) {
      const found = await images.find(on, repositoryId, other);
      if (found?.signingJobId === jobId) return { part: 'manifest', fault: DAMAGED };
    }
    return { part: 'manifest', fault: MISSING };
  }
  if (image.subject !== digest || image.signingJobId !== jobId) return { part: 'manifest', fault: DAMAGED };
  const references = await images.references(on, repositoryId, image.digest);
  const envelopes = references.filter(({ kind }) => kind === 'layer');
  for (const { digest: envelope } of envelopes) {
    const isThere =
      (await layers.find(on, repositoryId, envelope)) ??
      (await layers.findDamaged(on, repositoryId, envelope));
    if (isThere === undefined) return { part: 'envelope', fault: MISSING };
  }
  return envelopes.length === 0 ? { part: 'envelope', fault: DAMAGED } : undefined;
}

/** Whether it is one that only records tell of, and that is over when the records are there again. */
function isOfRecords({ fault }: SignatureFault): boolean {
  return fault === MISSING || fault === DAMAGED;
}

export function makeFindLost(
  deps: SignatureRecordsDeps & {
    readonly storage: Storage;
    readonly clock: Clock;
    readonly repositories: Pick<Repositories, 'findById'>;
    readonly statuses: Pick<ImageSigningStatuses, 'page' | 'list'>;
    readonly jobs: Pick<SigningJobs, 'setFault'>;
    readonly lookups: Lookups;
  },
): ManagedSignatures['findLost'] {
  const { storage, statuses } = deps;

  /** undefined as well for a status that rests on no signature any more, and for one whose damage is known by its content. */
  async function look(
    on: Reader,
    status: ListedSigningStatus,
  ): Promise<{ readonly known?: SignatureFault; readonly loss?: SignatureFault } | undefined> {
    const state = await stateOfSignature(deps, status);
    if (state?.kind !== 'valid' && state?.kind !== 'lost') return undefined;
    const known = status.signature?.fault;
    const loss = await lossOfRecords(deps, on, status);
    // One that was found missing by its content, or was deleted, is no news; a record that is wrong is.
    if (known !== undefined && !isOfRecords(known) && loss?.fault !== DAMAGED) return undefined;
    return { ...(known === undefined ? {} : { known }), ...(loss === undefined ? {} : { loss }) };
  }

  /** Looks again, where nobody can change it meanwhile, and writes down what it finds. */
  async function settle({
    repositoryId,
    digest,
    profileArn,
  }: StatusKey): Promise<SignatureFault | undefined> {
    return storage.write(async (tx) => {
      const all = await statuses.list(tx, repositoryId, digest);
      const status = all.find((one) => one.profileArn === profileArn);
      const found = status && (await look(tx, status));
      if (status === undefined || found === undefined) return undefined;
      const { known, loss } = found;
      if (known !== undefined && isOfRecords(known) && known.part !== loss?.part)
        await deps.jobs.setFault(tx, status.jobId, known.part, undefined);
      if (loss !== undefined) await deps.jobs.setFault(tx, status.jobId, loss.part, loss.fault);
      return loss;
    });
  }

  async function lostOf(status: ListedSigningStatus): Promise<LostSignature | undefined> {
    const { reader } = storage;
    const { repositoryId, digest, signature } = status;
    const found = await look(reader, status);
    if (found === undefined || signature?.digest === undefined) return undefined;
    const { known, loss } = found;
    if (loss === undefined && known === undefined) return undefined;
    const isNews = known?.part !== loss?.part || known?.fault !== loss?.fault;
    const lost = isNews ? await settle(status) : loss;
    // Of what was deleted the rows go in steps, and an image that is gone has no status.
    const image: Image | undefined = await deps.images.find(reader, repositoryId, digest);
    const repository = await deps.repositories.findById(reader, repositoryId);
    if (lost === undefined || image === undefined || repository === undefined) return undefined;
    const { fault, part } = lost;
    const repositoryName = repository.name;
    return { digest: signature.digest, subject: digest, repositoryName, fault: `${part}: ${fault}` };
  }

  return async ({ after, limit }) => {
    const page = await statuses.page(storage.reader, {
      limit,
      ...(after === undefined ? {} : { after: keyOf(after) }),
    });
    const lost: LostSignature[] = [];
    for (const status of page.items) {
      const found = status.state.status === 'COMPLETE' ? await lostOf(status) : undefined;
      if (found !== undefined) lost.push(found);
    }
    return { lost, ...(page.next === undefined ? {} : { next: placeOf(page.next) }) };
  };
}

const placeOf = ({ repositoryId, digest, profileArn }: StatusKey): string =>
  `${repositoryId} ${digest} ${profileArn}`;

function keyOf(place: string): StatusKey {
  const [id = '', digest = '', profileArn = ''] = place.split(' ', 3);
  return { repositoryId: Number(id), digest: digest as StatusKey['digest'], profileArn };
}
