// Well-formed nonsense and single faults against the whole server: whatever the models allow one to say must be
// answered, never with a 5xx, and never kept waiting.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { OperationModel, ServiceModel } from '../../src/http/aws/model.ts';
import { model as ecrModel } from '../../src/http/ecr/generated/model.ts';
import { operations as ecrOperations } from '../../src/http/ecr/operations/index.ts';
import { model as signerModel } from '../../src/http/signer/generated/model.ts';
import { operations as signerOperations } from '../../src/http/signer/operations/index.ts';
import { ecrHeaders, makeRawClient, type RawAnswer } from '../helpers/aws-request.ts';
import {
  type Fault,
  inputFaults,
  type Json,
  restRequest,
  shapeOf,
  validInput,
  withFault,
} from '../helpers/model-inputs.ts';
import { startServer } from '../helpers/start-server.ts';

const server = await startServer();
const client = makeRawClient({ url: `http://127.0.0.1:${server.port}`, credentials: server.credentials });
after(async () => {
  client.close();
  await server.close();
});

interface Api {
  readonly name: string;
  readonly model: ServiceModel;
  readonly operations: Readonly<Record<string, { readonly kind: 'offered' | 'not-offered' }>>;
  readonly send: (operation: string, input: Json) => Promise<RawAnswer>;
}

const operationOf = (model: ServiceModel, name: string): OperationModel =>
  model.operations[name] ?? assert.fail(`no operation ${name}`);

const apis: readonly Api[] = [
  {
    name: 'ECR',
    model: ecrModel,
    operations: ecrOperations,
    send: (operation, input) =>
      client.send({ service: 'ecr', headers: ecrHeaders(operation), body: JSON.stringify(input) }),
  },
  {
    name: 'Signer',
    model: signerModel,
    operations: signerOperations,
    send: (operation, input) =>
      client.send({
        service: 'signer',
        ...restRequest(signerModel, operationOf(signerModel, operation), input),
      }),
  },
];

const errorName = ({ headers, text }: RawAnswer): string =>
  String(headers['x-amzn-errortype'] ?? (JSON.parse(text) as Json).__type);

/** The full valid input, the required members alone, and the full one without each optional member in turn. */
function* variants(model: ServiceModel, operation: OperationModel): Generator<Json> {
  const shape = shapeOf(model, operation.input);
  assert.ok(shape.type === 'structure');
  const required = new Set(shape.required);
  const full = validInput(model, operation);
  yield full;
  yield Object.fromEntries(Object.entries(full).filter(([name]) => required.has(name)));
  for (const name of Object.keys(full)) {
    if (!required.has(name)) yield withFault(full, { at: [name], bad: undefined });
  }
}

/** Whether the member at the top of the place travels in a path or a query. */
function isText(model: ServiceModel, operation: OperationModel, at: Fault['at']): boolean {
  const shape = shapeOf(model, operation.input);
  return shape.type === 'structure' && shape.members[String(at[0])]?.location !== undefined;
}

/** What the inputs name, so that they get as far as they can: a repository, a profile of Signer's platform. */
async function prepare(): Promise<void> {
  const [ecr, signer] = apis;
  await ecr?.send('CreateRepository', { repositoryName: 'value' });
  const profile = { profileName: 'value', platformId: 'Notation-OCI-SHA384-ECDSA' };
  const answer = await signer?.send('PutSigningProfile', profile);
  assert.equal(answer?.status, 200, answer?.text);
}

for (const { name: api, model, operations, send } of apis) {
  describe(api, () => {
    for (const [name, { kind }] of Object.entries(operations)) {
      const operation = operationOf(model, name);
      if (kind === 'not-offered') {
        test(`${name} is not offered, and says so`, async () => {
          const answer = await send(name, validInput(model, operation));
          assert.deepEqual([answer.status, errorName(answer)], [400, 'UnknownOperationException']);
          assert.match(answer.text, /is not offered yet: ./);
        });
        continue;
      }
      test(`${name} answers every well-formed input with an output or a declared refusal`, async () => {
        for (const input of variants(model, operation)) {
          await prepare();
          const answer = await send(name, input);
          const context = `${JSON.stringify(input).slice(0, 500)} -> ${answer.status} ${answer.text.slice(0, 500)}`;
          assert.ok(answer.status < 500, context);
          if (answer.status >= 400) {
            const known = [...operation.errors, 'AccessDeniedException', 'ValidationException'];
            assert.ok(known.includes(errorName(answer)), context);
          }
        }
      });
      test(`${name} refuses every single fault of its input`, async () => {
        const valid = validInput(model, operation);
        for (const fault of inputFaults(model, operation)) {
          const answer = await send(name, withFault(valid, fault));
          // Text in a path or a query has no wrong JSON type; what is left of the fault may be harmless.
          const hidden = isText(model, operation, fault.at) && answer.status === 200;
          const context = `${fault.path} ${fault.title} -> ${answer.status} ${answer.text.slice(0, 300)}`;
          assert.ok(hidden || (answer.status >= 400 && answer.status < 500), context);
        }
      });
    }
  });
}
