// Hostile calls of the AWS APIs, driven by their wire models: every operation, its valid input with real names, and
// something wrong with it: in a value, in the text, in how it travels, in who signed it.

import { SigV4Error, signRequest } from '../../src/http/auth/sigv4-canonical.ts';
import type { ServiceModel } from '../../src/http/aws/model.ts';
import { model as ecrModel } from '../../src/http/ecr/generated/model.ts';
import { model as iamModel } from '../../src/http/iam/generated/model.ts';
import { model as signerModel } from '../../src/http/signer/generated/model.ts';
import { model as stsModel } from '../../src/http/sts/generated/model.ts';
import { ecrHeaders, formHeaders } from '../helpers/aws-request.ts';
import { formBody, type Json, restRequest, validInput } from '../helpers/model-inputs.ts';
import type { Chance } from '../model/contents.ts';
import { type HostileCall, headerText, oddHeaders, requestBytes, type World } from './calls.ts';
import { manifestText } from './oci-calls.ts';
import { hostileText, mutated, policyText, writeBytes, writeJson } from './values.ts';

const SERVICES = [
  { service: 'ecr', model: ecrModel, version: '' },
  { service: 'signer', model: signerModel, version: '' },
  { service: 'iam', model: iamModel, version: '2010-05-08' },
  { service: 'sts', model: stsModel, version: '2011-06-15' },
] as const;

/** Every operation as often as any other. */
const OPERATIONS = SERVICES.flatMap(({ service, model, version }) =>
  Object.keys(model.operations).map((name) => ({ service, model, version, name })),
);

const MOST_FORM = 600_000;
const ACCOUNT = '123456789012';
const PROFILE = `arn:aws:signer:us-east-1:${ACCOUNT}:/signing-profiles/hostile`;

/** A name that means something to the server, for a member that would take one. */
function realName(chance: Chance, world: World, member: string): string | undefined {
  const known = world.learned.get(member.toLowerCase());
  // Drawn in any case: what follows must not depend on what the server answered.
  const wanted = chance.percent(70);
  if (known !== undefined && wanted) return known;
  switch (member.toLowerCase()) {
    case 'repositoryname':
      return chance.one(world.repositories);
    case 'imagedigest':
    case 'layerdigest':
    case 'layerdigests':
      return chance.one(world.digests);
    case 'imagetag':
      return chance.one(world.tags);
    case 'imagemanifest':
      return manifestText(chance, world);
    case 'registryid':
    case 'resourceowner':
    case 'profileowner':
    case 'jobowner':
      return ACCOUNT;
    case 'profilename':
      return 'hostile';
    case 'platformid':
      return 'Notation-OCI-SHA384-ECDSA';
    case 'signingprofilearn':
    case 'profilearn':
      return PROFILE;
    case 'resourcearn':
      return chance.one([
        PROFILE,
        ...world.repositories.map((name) => `arn:aws:ecr:us-east-1:${ACCOUNT}:repository/${name}`),
      ]);
    case 'username':
      return 'hostile-user';
    case 'groupname':
      return 'hostile-group';
    case 'rolename':
      return 'hostile-role';
    case 'rolearn':
      return `arn:aws:iam::${ACCOUNT}:role/hostile-role`;
    case 'policyname':
      return 'hostile-policy';
    case 'policyarn':
    case 'permissionsboundary':
      return chance.one([
        `arn:aws:iam::${ACCOUNT}:policy/hostile-policy`,
        'arn:aws:iam::aws:policy/SealportPush',
      ]);
    case 'policysourcearn':
    case 'callerarn':
      return `arn:aws:iam::${ACCOUNT}:${chance.one(['user/hostile-user', 'role/hostile-role'])}`;
    case 'policydocument':
    case 'assumerolepolicydocument':
    case 'policytext':
    case 'policy':
    case 'resourcepolicy':
    case 'policyinputlist':
      return policyText(chance);
    case 'actionnames':
      return chance.one(['ecr:PutImage', 'signer:SignPayload', 'ecr:*']);
    case 'url':
      return 'https://idp.invalid';
    case 'payload':
      return Buffer.from(
        writeJson(chance, { targetArtifact: { mediaType: 'a', digest: chance.one(world.digests), size: 7 } }),
      ).toString('base64');
    case 'payloadformat':
      return 'application/vnd.cncf.notary.payload.v1+json';
    default:
      return undefined;
  }
}

/** The input with real names in most of the places that take one. */
function withNames(chance: Chance, world: World, value: unknown, member: string): unknown {
  if (Array.isArray(value)) return value.map((item) => withNames(chance, world, item, member));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, withNames(chance, world, item, name)]),
    );
  if (typeof value !== 'string') return value;
  const name = realName(chance, world, member);
  return name !== undefined && chance.percent(90) ? name : value;
}

function inputOf(chance: Chance, world: World, model: ServiceModel, name: string): Json {
  const operation = model.operations[name];
  if (operation === undefined) throw new Error(`no operation ${name}`);
  const full = withNames(chance, world, validInput(model, operation), '') as Json;
  const shape = model.shapes[operation.input];
  const required = new Set(shape?.type === 'structure' ? shape.required : []);
  // Optional members exclude one another now and then: most calls have some of them only.
  const some = Object.fromEntries(
    Object.entries(full).filter(([member]) => required.has(member) || chance.percent(40)),
  );
  return chance.percent(60) ? mutated(chance, some) : some;
}

export function awsCall(chance: Chance, world: World): HostileCall {
  const { service, model, version, name } = chance.one(OPERATIONS);
  const input = inputOf(chance, world, model, name);
  const operation = model.operations[name];
  if (operation === undefined) throw new Error(`no operation ${name}`);
  let method = 'POST';
  let target = '/';
  let headers: Record<string, string> = {};
  let body: Buffer;
  if (service === 'ecr') {
    headers = ecrHeaders(chance.percent(98) ? name : headerText(hostileText(chance)));
    body = writeBytes(chance, writeJson(chance, input));
  } else if (service === 'signer') {
    const rest = restRequest(model, operation, input);
    ({ method } = rest);
    target = rest.target.replaceAll(/[^\x21-\x7e]/g, encodeURIComponent);
    if (chance.percent(5))
      target += chance.one(['?', '/', '//', '?%', '?a=b&a=b', '?maxResults=-1', '/%2e%2e', '#x', '?=']);
    const given = rest.body === '' ? '' : writeJson(chance, JSON.parse(rest.body));
    body = writeBytes(chance, given);
  } else {
    headers = { ...formHeaders };
    const form = formBody(name, version, input, MOST_FORM);
    // What one call may be is more than enough.
    body = writeBytes(chance, oddForm(chance, form.slice(0, MOST_FORM)));
  }
  if (chance.percent(2))
    method = chance.one(['GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'QUERY']);
  target = target.slice(0, 8000);
  const named = { host: world.host, ...headers };
  const signed: Record<string, string> = chance.percent(3)
    ? named
    : trySign({
        method,
        target,
        headers: named,
        body,
        ...chance.one(world.credentials),
        region: chance.percent(98) ? 'us-east-1' : chance.one(['eu-west-1', '', 'x y']),
        service: chance.percent(98) ? service : chance.one(['s3', 'ecr', 'iam', 'sealport']),
        now: chance.percent(98) ? Date.now() : chance.one([0, Date.now() + 9e8, Date.now() - 9e8]),
      });
  if (chance.percent(1) && signed['authorization'] !== undefined)
    signed['authorization'] = headerText(
      chance.one([
        hostileText(chance),
        signed['authorization'].slice(0, -1),
        signed['authorization'].replace('Signature', 'signature'),
      ]),
    );
  const all = [...Object.entries(signed), ...oddHeaders(chance, () => hostileText(chance))];
  return {
    title: `${service} ${name} ${method} ${target.slice(0, 200)} ${JSON.stringify(input)?.slice(0, 1000)}`,
    method,
    bytes: requestBytes(method, target, all, body, chance.percent(5)),
    vanishes: chance.percent(1),
  };
}

/** A path that cannot be read cannot be signed either. */
function trySign(options: Parameters<typeof signRequest>[0]): Record<string, string> {
  try {
    return signRequest(options);
  } catch (error) {
    if (error instanceof URIError || error instanceof SigV4Error) return { ...options.headers };
    throw error;
  }
}

function oddForm(chance: Chance, form: string): string {
  if (!chance.percent(15)) return form;
  switch (chance.below(7)) {
    case 0:
      return form.replaceAll(
        '.member.1',
        chance.one(['.member.0', '.member.999999', '.member.x', '.1', '.member', '.member.1.member.1']),
      );
    case 1:
      return `${form}&${form.split('&').at(-1)}`;
    case 2:
      return `${form}&${'a.'.repeat(chance.one([5, 13, 2000]))}b=1`;
    case 3:
      return `${form}${Array.from({ length: chance.one([100, 3999, 4001]) }, (_, n) => `&p${n}=`).join('')}`;
    case 4:
      return form.replace('%', '%%');
    case 5:
      return `${form}&__proto__=1&constructor.member.1=2&Tags.entry.1.key=a`;
    default:
      return `${form}&${encodeURIComponent(hostileText(chance).toWellFormed())}`;
  }
}
