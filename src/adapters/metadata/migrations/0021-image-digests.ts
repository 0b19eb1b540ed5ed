// The digests of images in an index of their own. Every layer, tag and child that is stored asks whether its image is
// there, and in the table SQLite reads the whole of each row that it passes on its way: tens of kilobytes of annotations
// where somebody pushed such artifacts. A unique index that is made later is the one that foreign keys are looked up in.
import type { SchemaModule } from 'kysely';

export async function imageDigests(schema: SchemaModule): Promise<void> {
  await schema
    .createIndex('images_digests')
    .on('images')
    .columns(['repository_id', 'digest'])
    .unique()
    .execute();
}
