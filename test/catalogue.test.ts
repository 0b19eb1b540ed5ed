// What is offered, told three times, must be one: the tables in the code, docs/operations.md and the wire tests.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { NotOfferedOperation } from '../src/http/aws/operation.ts';
import { model as ecrModel } from '../src/http/ecr/generated/model.ts';
import { operations as ecrOperations } from '../src/http/ecr/operations/index.ts';
import { model as signerModel } from '../src/http/signer/generated/model.ts';
import { operations as signerOperations } from '../src/http/signer/operations/index.ts';

type Table = Readonly<
  Record<string, NotOfferedOperation | { readonly kind: 'offered' | 'open'; readonly name: string }>
>;

const services: readonly {
  readonly folder: string;
  readonly heading: string;
  readonly modelled: object;
  readonly operations: Table;
  readonly count: number;
}[] = [
  {
    folder: 'ecr',
    heading: 'Amazon ECR',
    modelled: ecrModel.operations,
    operations: ecrOperations,
    count: 58,
  },
  {
    folder: 'signer',
    heading: 'AWS Signer',
    modelled: signerModel.operations,
    operations: signerOperations,
    count: 19,
  },
];

const root = new URL('..', import.meta.url);

/** The rows of a service's section, as [operation, offered, reason]. */
function documented(heading: string): readonly (readonly string[])[] {
  const sections = readFileSync(new URL('docs/operations.md', root), 'utf8').split(/^## /m);
  const section = sections.find((text) => text.startsWith(heading)) ?? assert.fail(`no section ${heading}`);
  return section
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter(([first]) => first !== 'operation');
}

function kebab(operation: string): string {
  return operation.replaceAll(/(?!^)([A-Z])/g, '-$1').toLowerCase();
}

for (const { folder, heading, modelled, operations, count } of services) {
  const names = Object.keys(operations).toSorted();
  const offered = names.filter((name) => operations[name]?.kind !== 'not-offered');

  test(`${heading}: the table names every operation of the model, each under its own name`, () => {
    assert.equal(names.length, count);
    assert.deepEqual(names, Object.keys(modelled).toSorted());
    for (const [name, operation] of Object.entries(operations))
      if (operation.kind !== 'not-offered') assert.equal(operation.name, name);
  });

  test(`${heading}: the documentation says what the table says`, () => {
    const expected = names.map((name) => {
      const operation = operations[name];
      return operation?.kind === 'not-offered' ? [name, 'no', operation.reason] : [name, 'yes', ''];
    });
    assert.deepEqual(documented(heading), expected);
  });

  test(`${heading}: every offered operation has a wire test, and every wire test an offered operation`, () => {
    const files = readdirSync(new URL(`test/wire/${folder}`, root)).filter((file) =>
      file.endsWith('.test.ts'),
    );
    assert.deepEqual(files.toSorted(), offered.map((name) => `${kebab(name)}.test.ts`).toSorted());
  });
}
