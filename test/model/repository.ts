// One repository of the model: what its only writer was told, and random work on it. Everything acknowledged must be
// readable byte for byte, everything deleted must be gone, and a layer that the server said it had must not be
// lacking within the grace period. When the server dies under a request, the outcome is looked up: done or not done,
// and nothing in between.
import assert from 'node:assert/strict';
import type { Digest } from '../../src/shared/digest.ts';
import type { TestBlob } from '../helpers/images.ts';
import type { ModelAnswer, ModelClient } from './client.ts';
import type { Chance, Contents, ModelImage } from './contents.ts';
import type { ServerProcess } from './server-process.ts';
import { uploadBlob } from './upload.ts';

/** Images that a repository has, more or less: with more of them nothing would ever be garbage. */
const IMAGES = 6;
const TAGS = ['latest', 'v1', 'v2', 'v3', 'edge'];

/** Work that was sent and not yet acknowledged. */
type Pending =
  | { readonly kind: 'put'; readonly image: ModelImage; readonly tag: string | undefined }
  | { readonly kind: 'delete tag'; readonly tag: string }
  | { readonly kind: 'delete image'; readonly digest: Digest }
  | { readonly kind: 'delete repository' };

export interface RepositoryDeps {
  readonly name: string;
  /** Repositories that a blob may be mounted from. */
  readonly others: readonly string[];
  readonly server: ServerProcess;
  readonly client: ModelClient;
  readonly contents: Contents;
  readonly chance: Chance;
  readonly graceMs: number;
}

export class ModelRepository {
  readonly #deps: RepositoryDeps;
  readonly #images = new Map<Digest, ModelImage>();
  readonly #tags = new Map<string, Digest>();
  readonly #deleted = new Map<Digest, ModelImage>();
  /** Until when (epoch ms) the server must have each layer. */
  readonly #told = new Map<Digest, number>();
  #pending: Pending | undefined;

  constructor(deps: RepositoryDeps) {
    this.#deps = deps;
  }

  get name(): string {
    return this.#deps.name;
  }

  get images(): ReadonlyMap<Digest, ModelImage> {
    return this.#images;
  }

  async create(): Promise<void> {
    const made = await this.#deps.client.ecr('CreateRepository', { repositoryName: this.name });
    const known = String(made.body['__type']).includes('RepositoryAlreadyExistsException');
    assert.ok(made.status === 200 || known, `${this.name}: ${JSON.stringify(made.body)}`);
  }

  /** One piece of random work. Rejects with DownError when the server goes away; `recover` then. */
  async work(): Promise<void> {
    const { chance } = this.#deps;
    const dice = chance.below(100);
    if (dice < 40) return this.#images.size > chance.below(2 * IMAGES) ? this.#deleteImage() : this.#push();
    if (dice < 47) return this.#retag();
    if (dice < 54) return this.#deleteTag();
    if (dice < 62) return this.#deleteImage();
    if (dice < 72) return this.#deleteBlob();
    if (dice < 80) return this.#readImage(this.#anyImage());
    if (dice < 85) return this.#readDeleted();
    if (dice < 92) return this.#checkToldLayer();
    if (dice < 95) return this.#provide(chance.one(this.#deps.contents.layers));
    if (dice < 98) return this.#abandonUpload();
    if (dice < 99) return this.#deleteRepository();
    return this.#checkLists();
  }

  /** After the server died: finds out what became of the request that had no answer. */
  async recover(): Promise<void> {
    const pending = this.#pending;
    switch (pending?.kind) {
      case undefined:
        return;
      case 'put': {
        const { digest } = pending.image.manifest;
        const found = await this.#manifest(digest);
        if (found.status === 200) this.#images.set(digest, pending.image);
        else assert.ok(!this.#images.has(digest), `${this.name}: ${digest} is lost`);
        if (pending.tag !== undefined) {
          const tagged = await this.#manifest(pending.tag);
          const now =
            tagged.status === 200 ? (String(tagged.headers['docker-content-digest']) as Digest) : undefined;
          const before = this.#tags.get(pending.tag);
          assert.ok(now === digest || now === before, `${this.name}:${pending.tag} is ${now}, was ${before}`);
          assert.ok(
            now !== digest || found.status === 200,
            `${this.name}:${pending.tag} names what is not there`,
          );
          if (now !== undefined) this.#tags.set(pending.tag, now);
        }
        this.#deleted.delete(digest);
        break;
      }
      case 'delete tag':
        if ((await this.#manifest(pending.tag)).status === 404) this.#tags.delete(pending.tag);
        break;
      case 'delete image':
        if ((await this.#manifest(pending.digest)).status === 404) this.#forgetImage(pending.digest);
        break;
      case 'delete repository':
        if ((await this.#list()).status === 404) this.#forgetAll();
        await this.create();
        break;
      default:
        return pending;
    }
    this.#pending = undefined;
  }

  /** Reads everything that must be there and asks for what must not. */
  async verify(): Promise<void> {
    await this.#checkLists();
    for (const [tag, digest] of this.#tags) {
      const found = await this.#manifest(tag);
      assert.equal(found.headers['docker-content-digest'], digest, `${this.name}:${tag}`);
    }
    for (const image of this.#images.values()) await this.#readImage(image);
    for (const digest of this.#deleted.keys())
      assert.equal((await this.#manifest(digest)).status, 404, `${this.name}@${digest} was deleted`);
  }

  async #push(): Promise<void> {
    const { chance, contents, server } = this.#deps;
    const image = contents.image(chance);
    for (const blob of image.blobs) await this.#provide(blob);
    const tag = chance.percent(75) ? chance.one(TAGS) : undefined;
    const put = await this.#putManifest(image, tag);
    if (put.status === 201) {
      this.#acknowledge(image, tag);
      return;
    }
    // Only a push that took longer than the grace period may find that a layer is gone.
    const late = image.blobs.some(({ digest }) => (this.#told.get(digest) ?? 0) <= server.now());
    assert.ok(
      put.status === 400 && late,
      `${this.name}: a push was refused within the grace period: ${put.status} ${put.body.toString()}`,
    );
  }

  /** Sees to it that the repository has the blob, in one of the ways that clients have. */
  async #provide(blob: TestBlob): Promise<void> {
    const { chance, client } = this.#deps;
    const { digest } = blob;
    if (chance.percent(75)) {
      const asked = this.#deps.server.atLeast();
      const has = chance.percent(70) ? await this.#head(digest) : await this.#available(digest);
      if (has) {
        this.#tell(digest, asked);
        return;
      }
      this.#mustNotBeTold(digest);
    }
    const asked = this.#deps.server.atLeast();
    await uploadBlob({ client, chance, name: this.name, others: this.#deps.others, blob });
    this.#tell(digest, asked);
  }

  async #head(digest: Digest): Promise<boolean> {
    const { status } = await this.#deps.client.send('HEAD', `/v2/${this.name}/blobs/${digest}`);
    assert.ok(status === 200 || status === 404, `HEAD ${digest}: ${status}`);
    return status === 200;
  }

  async #available(digest: Digest): Promise<boolean> {
    const { status, body } = await this.#deps.client.ecr('BatchCheckLayerAvailability', {
      repositoryName: this.name,
      layerDigests: [digest],
    });
    assert.equal(status, 200, JSON.stringify(body));
    const [layer] = body['layers'] as { layerAvailability: string }[];
    return layer?.layerAvailability === 'AVAILABLE';
  }

  async #retag(): Promise<void> {
    const image = this.#anyImage();
    if (image === undefined) return;
    const tag = this.#deps.chance.one(TAGS);
    const put = await this.#putManifest(image, tag);
    assert.equal(put.status, 201, `${this.name}: ${put.body.toString()}`);
    this.#acknowledge(image, tag);
  }

  async #deleteTag(): Promise<void> {
    const tag = this.#deps.chance.one(TAGS);
    this.#pending = { kind: 'delete tag', tag };
    const { status } = await this.#deps.client.send('DELETE', `/v2/${this.name}/manifests/${tag}`);
    this.#pending = undefined;
    assert.equal(status, this.#tags.has(tag) ? 202 : 404, `${this.name}:${tag}`);
    this.#tags.delete(tag);
  }

  async #deleteImage(): Promise<void> {
    const image = this.#anyImage();
    if (image === undefined) return;
    const { digest } = image.manifest;
    const asked = this.#deps.server.atLeast();
    this.#pending = { kind: 'delete image', digest };
    const { status } = await this.#deps.client.send('DELETE', `/v2/${this.name}/manifests/${digest}`);
    this.#pending = undefined;
    assert.equal(status, 202, `${this.name}@${digest}`);
    this.#forgetImage(digest);
    // Somebody may be pulling: its layers have the grace period from here on.
    for (const blob of image.blobs) this.#tell(blob.digest, asked);
  }

  async #deleteBlob(): Promise<void> {
    const { digest } = this.#deps.chance.one(this.#deps.contents.layers);
    const until = this.#told.get(digest);
    // From here on nobody may count on it any more, whatever the answer.
    this.#told.delete(digest);
    const { status } = await this.#deps.client.send('DELETE', `/v2/${this.name}/blobs/${digest}`);
    if (this.#isNamed(digest)) {
      assert.equal(status, 405, `${this.name}: ${digest} is part of an image`);
      if (until !== undefined) this.#told.set(digest, until);
      return;
    }
    assert.ok(status === 202 || status === 404, `${this.name}: DELETE ${digest}: ${status}`);
    assert.ok(
      status === 202 || until === undefined || until <= this.#deps.server.now(),
      `${digest} was lost`,
    );
    assert.equal(await this.#head(digest), false, `${this.name}: ${digest} was deleted`);
  }

  async #readImage(image: ModelImage | undefined): Promise<void> {
    if (image === undefined) return;
    const { manifest, blobs } = image;
    const found = await this.#manifest(manifest.digest);
    assert.equal(found.status, 200, `${this.name}@${manifest.digest} is lost`);
    assert.ok(found.body.equals(manifest.bytes), `${this.name}@${manifest.digest} is another`);
    for (const blob of blobs) {
      const got = await this.#deps.client.send('GET', `/v2/${this.name}/blobs/${blob.digest}`);
      assert.equal(got.status, 200, `${this.name}: ${blob.digest} of ${manifest.digest} is lost`);
      assert.ok(got.body.equals(blob.bytes), `${this.name}: ${blob.digest} has other bytes`);
    }
  }

  async #readDeleted(): Promise<void> {
    const [digest] = this.#deleted.keys();
    if (digest === undefined) return;
    assert.equal((await this.#manifest(digest)).status, 404, `${this.name}@${digest} was deleted`);
  }

  async #checkToldLayer(): Promise<void> {
    if (this.#told.size === 0) return;
    const digest = this.#deps.chance.one([...this.#told.keys()]);
    const got = await this.#deps.client.send('GET', `/v2/${this.name}/blobs/${digest}`);
    if (got.status !== 200) this.#mustNotBeTold(digest);
  }

  async #checkLists(): Promise<void> {
    const listed = await this.#list();
    assert.equal(listed.status, 200, `${this.name}: ${listed.body.toString()}`);
    const { tags } = JSON.parse(listed.body.toString()) as { tags: string[] | null };
    assert.deepEqual((tags ?? []).toSorted(), [...this.#tags.keys()].toSorted(), this.name);
  }

  async #abandonUpload(): Promise<void> {
    const begun = await this.#deps.client.send('POST', `/v2/${this.name}/blobs/uploads/`);
    assert.equal(begun.status, 202, begun.body.toString());
    const { bytes } = this.#deps.chance.one(this.#deps.contents.layers);
    await this.#deps.client.cut('PATCH', String(begun.headers['location']), bytes);
  }

  async #deleteRepository(): Promise<void> {
    this.#pending = { kind: 'delete repository' };
    const input = { repositoryName: this.name, force: true };
    const { status, body } = await this.#deps.client.ecr('DeleteRepository', input);
    assert.equal(status, 200, `${this.name}: ${JSON.stringify(body)}`);
    this.#forgetAll();
    await this.create();
    this.#pending = undefined;
  }

  async #putManifest(image: ModelImage, tag: string | undefined): Promise<ModelAnswer> {
    const { digest, bytes, mediaType } = image.manifest;
    this.#pending = { kind: 'put', image, tag };
    const answer = await this.#deps.client.send('PUT', `/v2/${this.name}/manifests/${tag ?? digest}`, {
      headers: { 'content-type': mediaType },
      body: bytes,
    });
    this.#pending = undefined;
    return answer;
  }

  #manifest(reference: string): Promise<ModelAnswer> {
    return this.#deps.client.send('GET', `/v2/${this.name}/manifests/${reference}`);
  }

  #list(): Promise<ModelAnswer> {
    return this.#deps.client.send('GET', `/v2/${this.name}/tags/list`);
  }

  #acknowledge(image: ModelImage, tag: string | undefined): void {
    const { digest } = image.manifest;
    this.#images.set(digest, image);
    this.#deleted.delete(digest);
    if (tag !== undefined) this.#tags.set(tag, digest);
  }

  #tell(digest: Digest, at: number): void {
    this.#told.set(digest, at + this.#deps.graceMs);
  }

  #mustNotBeTold(digest: Digest): void {
    const until = this.#told.get(digest);
    assert.ok(!this.#isNamed(digest), `${this.name}: ${digest} is part of an image and is lost`);
    assert.ok(
      until === undefined || until <= this.#deps.server.now(),
      `${this.name}: the server said that it has ${digest}, and lost it within the grace period`,
    );
    this.#told.delete(digest);
  }

  #isNamed(digest: Digest): boolean {
    return [...this.#images.values()].some(({ blobs }) => blobs.some((blob) => blob.digest === digest));
  }

  #anyImage(): ModelImage | undefined {
    const images = [...this.#images.values()];
    return images.length === 0 ? undefined : this.#deps.chance.one(images);
  }

  #forgetImage(digest: Digest): void {
    const image = this.#images.get(digest);
    this.#images.delete(digest);
    if (image !== undefined) this.#deleted.set(digest, image);
    for (const [tag, named] of this.#tags) if (named === digest) this.#tags.delete(tag);
  }

  #forgetAll(): void {
    for (const digest of this.#images.keys()) this.#forgetImage(digest);
    this.#tags.clear();
    this.#told.clear();
  }
}
