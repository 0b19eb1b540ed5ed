// Bad input of the query protocol, made from the wire models: every fault of every member that a form can spell.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { model as iamModel } from '../../src/http/iam/generated/model.ts';
import { model as stsModel } from '../../src/http/sts/generated/model.ts';
import { formHeaders, makeRawClient, type RawRequest } from '../helpers/aws-request.ts';
import { startSurfaces } from '../helpers/aws-surfaces.ts';
import {
  type Fault,
  formBody,
  inputFaults,
  type Json,
  validInput,
  withFault,
} from '../helpers/model-inputs.ts';
import { assertNames, makeRefused } from '../helpers/refused.ts';

const surfaces = await startSurfaces();
const { target, reached } = surfaces;
const client = makeRawClient(target);
after(async () => {
  client.close();
  await surfaces.close();
});
const refused = makeRefused(surfaces, client);

for (const [service, model, version] of [
  ['iam', iamModel, '2010-05-08'],
  ['sts', stsModel, '2011-06-15'],
] as const) {
  const form = (body: string): RawRequest => ({ service, headers: formHeaders, body });
  /** A form has no wrong JSON types: only numbers and booleans can be spelled wrong, and nothing is null. */
  const canBeForm = ({ kind, bad, title }: Fault): boolean =>
    bad !== null &&
    (kind === 'constraint' || (typeof bad === 'string' && !/\d/.test(bad) && title !== 'is "true"'));

  describe(`${service}: every operation`, () => {
    for (const [name, operation] of Object.entries(model.operations)) {
      test(`${name} takes a full input, and refuses it with any single fault`, async () => {
        const input = validInput(model, operation);
        const before = reached.length;
        const good = await client.send(form(formBody(name, version, { ...input, Unknown: ['a', 'b'] })));
        assert.equal(good.status, 200, good.text);
        assert.equal(good.headers['content-type'], 'text/xml');
        assert.deepEqual(reached.slice(before), [{ name, input: JSON.parse(JSON.stringify(input)) as Json }]);
        for (const fault of inputFaults(model, operation).filter(canBeForm)) {
          const answer = await refused(
            form(formBody(name, version, withFault(input, fault))),
            400,
            fault.kind === 'malformed' ? 'MalformedInput' : 'ValidationError',
          );
          if (fault.kind === 'constraint') assertNames(answer, fault);
          assert.match(answer.text, /<Type>Sender<\/Type>.*<RequestId>request-\d+<\/RequestId>/);
        }
      });
    }
  });

  describe(`${service}: forms that are no calls`, () => {
    test('no action, an unknown one, another version', async () => {
      await refused(form(`Version=${version}`), 400, 'MissingAction');
      await refused(form(''), 400, 'MissingAction');
      const [name = ''] = Object.keys(model.operations);
      for (const body of [
        `Action=${name}`,
        `Action=${name}&Version=1999-01-01`,
        `Action=NoSuchOperation&Version=${version}`,
        `Action=constructor&Version=${version}`,
        `Action=__proto__&Version=${version}`,
        `Action=${'x'.repeat(5000)}&Version=${version}`,
      ])
        assert.ok((await refused(form(body), 400, 'InvalidAction')).text.length < 1000);
    });

    test('a name twice, bad encoding, bad UTF-8, too many parameters, odd members of lists', async () => {
      const [name = ''] = Object.keys(model.operations);
      const call = `Action=${name}&Version=${version}`;
      for (const body of [
        `${call}&${call}`,
        `${call}&A=%zz`,
        `${call}&A=%ff`,
        `${call}${Array.from({ length: 5000 }, (_, at) => `&p${at}=`).join('')}`,
      ])
        await refused(form(body), 400, 'MalformedInput');
      await refused({ ...form(''), body: Buffer.from([0x41, 0x3d, 0xff]) }, 400, 'MalformedInput');
    });

    test('markup in a request is text in the answer', async () => {
      const body = `Action=${encodeURIComponent('</Message><x a="&">\u0000\u0007')}&Version=${version}`;
      const answer = await refused(form(body), 400, 'InvalidAction');
      assert.ok(
        !answer.text.includes('<x') && !answer.text.includes('\u0000') && !answer.text.includes('\u0007'),
      );
    });

    test('another method, no signature, a signature for another service', async () => {
      const [name = ''] = Object.keys(model.operations);
      const call = form(`Action=${name}&Version=${version}`);
      await refused({ ...call, method: 'PUT' }, 405, 'MethodNotAllowed');
      await refused({ ...call, unsigned: true }, 403, 'MissingAuthenticationToken');
      const huge = { ...call, body: Buffer.alloc(2 * 1024 * 1024, 0x41) };
      await refused(huge, 413, 'RequestEntityTooLarge');
    });
  });
}

describe('lists and scalars of forms', () => {
  const list = (members: string): RawRequest => ({
    service: 'iam',
    headers: formHeaders,
    body: `Action=TagUser&Version=2010-05-08&UserName=a&${members}`,
  });
  const tagOf = (n: string, key: string) => `Tags.member.${n}.Key=${key}&Tags.member.${n}.Value=v`;

  test('members are taken in the order of their numbers', async () => {
    const before = reached.length;
    await client.send(list(['10', '2', '1'].map((n) => tagOf(n, `k${n}`)).join('&')));
    const [{ input } = { input: {} }] = reached.slice(before);
    const { Tags } = input as { Tags: { Key: string }[] };
    assert.deepEqual(
      Tags.map(({ Key }) => Key),
      ['k1', 'k2', 'k10'],
    );
  });

  test('a number that is none is refused', async () => {
    for (const n of ['0', 'x', '-1', '1e3', '01'])
      await refused(list(tagOf(n, 'k')), 400, 'MalformedInput', /numbered from 1/);
    const users = { ...list(''), body: 'Action=ListUsers&Version=2010-05-08&MaxItems=ten' };
    await refused(users, 400, 'MalformedInput', /whole number/);
  });
});
