// What is offered, told three times, must be one: the tables in the code, docs/operations.md and the wire tests.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { NotOfferedOperation } from '../src/http/aws/operation.ts';
import { model as ecrModel } from '../src/http/ecr/generated/model.ts';
import { operations as ecrOperations } from '../src/http/ecr/operations/index.ts';
import { model as iamModel } from '../src/http/iam/generated/model.ts';
import { operations as iamOperations } from '../src/http/iam/operations/index.ts';
import { model as signerModel } from '../src/http/signer/generated/model.ts';
import { operations as signerOperations } from '../src/http/signer/operations/index.ts';

import { model as stsModel } from '../src/http/sts/generated/model.ts';
import { operations as stsOperations } from '../src/http/sts/operations/index.ts';

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
  { folder: 'iam', heading: 'IAM', modelled: iamModel.operations, operations: iamOperations, count: 69 },
  { folder: 'sts', heading: 'STS', modelled: stsModel.operations, operations: stsOperations, count: 4 },
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
  return operation
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
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

  if (folder === 'ecr' || folder === 'signer')
    test(`${heading}: every offered operation has a wire test, and every wire test an offered operation`, () => {
      assert.deepEqual(
        wireTests(folder).toSorted(),
        offered.map((name) => `${kebab(name)}.test.ts`).toSorted(),
      );
    });
  // Many and alike: their tests go by what they are about, and each command of AWS's client is in one.
  else
    test(`${heading}: every offered operation is called in a wire test`, () => {
      const texts = wireTests(folder).map((file) =>
        readFileSync(new URL(`test/wire/${folder}/${file}`, root), 'utf8'),
      );
      const uncalled = offered.filter((name) => !texts.some((text) => text.includes(`new ${name}Command(`)));
      assert.deepEqual(uncalled, []);
    });

  test(`${heading}: an operation is the file of its name`, () => {
    const files = new Set(readdirSync(new URL(`src/http/${folder}/operations`, root)));
    assert.deepEqual(
      offered.filter((name) => !files.has(`${kebab(name)}.ts`)),
      [],
    );
  });
}

function wireTests(folder: string): readonly string[] {
  return readdirSync(new URL(`test/wire/${folder}`, root)).filter((file) => file.endsWith('.test.ts'));
}
