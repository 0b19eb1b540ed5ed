// Hostile requests to the distribution API and to the small surfaces beside it: every route and method, real and
// impossible names, digests, ranges and queries, manifests that are almost right.
import { digestOf } from '../../src/shared/digest.ts';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../../src/shared/media-types.ts';
import type { Chance } from '../model/contents.ts';
import { type HostileCall, headerText, oddHeaders, requestBytes, type World } from './calls.ts';
import { hostileText, hostileValue, mutated, writeBytes, writeJson } from './values.ts';

/** The methods that a place takes, which most requests use. */
const TAKEN: Readonly<Record<(typeof PLACES)[number], readonly string[]>> = {
  manifests: ['GET', 'HEAD', 'PUT', 'PUT', 'PUT', 'DELETE'],
  blobs: ['GET', 'GET', 'HEAD', 'DELETE'],
  'blobs/uploads': ['POST', 'POST', 'PATCH', 'PUT', 'GET', 'DELETE'],
  tags: ['GET'],
  referrers: ['GET'],
};
const METHODS = ['GET', 'GET', 'HEAD', 'PUT', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const;
const PLACES = ['manifests', 'manifests', 'blobs', 'blobs', 'blobs/uploads', 'tags', 'referrers'] as const;

/** A manifest of layers that are partly there, or something like one. */
export function manifestText(chance: Chance, world: World): string {
  const descriptor = () => ({
    mediaType: chance.one([
      OCI_CONFIG,
      OCI_MANIFEST,
      OCI_INDEX,
      'application/vnd.oci.image.layer.v1.tar+gzip',
      'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      'text/plain',
    ]),
    digest: chance.percent(92) ? chance.one(world.blobs) : digestOf(Buffer.from(hostileText(chance))),
    size: chance.one([0, 1, 7, 1024, 2 ** 53 - 1]),
    ...(chance.percent(10) ? { annotations: { [hostileText(chance)]: hostileText(chance) } } : {}),
    ...(chance.percent(5) ? { platform: hostileValue(chance) } : {}),
    ...(chance.percent(5) ? { urls: [hostileText(chance)], data: hostileText(chance) } : {}),
  });
  const several = () => Array.from({ length: chance.one([0, 1, 2, 3, 200]) }, descriptor);
  const isIndex = chance.percent(30);
  const manifest = {
    schemaVersion: 2,
    mediaType: isIndex ? OCI_INDEX : OCI_MANIFEST,
    ...(isIndex ? { manifests: several() } : { config: descriptor(), layers: several() }),
    ...(chance.percent(20) ? { subject: descriptor() } : {}),
    ...(chance.percent(20) ? { artifactType: hostileText(chance) } : {}),
    ...(chance.percent(20) ? { annotations: { [hostileText(chance)]: hostileText(chance) } } : {}),
  };
  return writeJson(chance, chance.percent(60) ? manifest : mutated(chance, manifest));
}

function repositoryName(chance: Chance, world: World): string {
  if (chance.percent(85)) return chance.one(world.repositories);
  return chance.one([
    '',
    '/',
    '..',
    'UPPER',
    'a//b',
    'a'.repeat(257),
    'none/at/all',
    '_catalog',
    'blobs/uploads',
    `x/${encodePath(chance)}`,
  ]);
}

/** A hostile text that a request line can hold, mostly encoded. */
function encodePath(chance: Chance): string {
  const text = hostileText(chance).toWellFormed().slice(0, 1500);
  return chance.percent(70)
    ? encodeURIComponent(text).slice(0, 6000)
    : text.replaceAll(/[^\x21-\x7e]|[?#]/g, '');
}

function reference(chance: Chance, world: World): string {
  switch (chance.below(6)) {
    case 0:
    case 1:
      return chance.one(world.digests);
    case 2:
    case 3:
    case 4:
      return chance.one(world.tags);
    default:
      return encodePath(chance);
  }
}

function queryOf(chance: Chance, world: World): string {
  if (!chance.percent(50)) return '';
  const one = () =>
    `${chance.one(['digest', 'mount', 'from', 'n', 'last', 'artifactType', 'tag', 'digest-algorithm', 'sealport-download', encodePath(chance)])}=${chance.one([chance.one(world.digests), chance.one(world.repositories), '10', '-1', '1e9', 'sha512', encodePath(chance)])}`;
  return `?${Array.from({ length: chance.one([1, 1, 2, 3, 12, 101]) }, one).join('&')}`;
}

export function ociCall(chance: Chance, world: World): HostileCall {
  const place = chance.one(PLACES);
  const method = chance.percent(85) ? chance.one(TAKEN[place]) : chance.one(METHODS);
  const last =
    place === 'tags' && chance.percent(80)
      ? 'list'
      : place === 'blobs/uploads' && chance.percent(70)
        ? method === 'POST'
          ? ''
          : (world.learned.get('uploadid') ?? 'none')
        : reference(chance, world);
  const path = chance.percent(3)
    ? chance.one([
        '/v2',
        '/v2/',
        '/v2//',
        '/v2/_catalog',
        '/v2/x',
        '/v2/../v2/',
        '/v2/%2e%2e/',
        `/v2/${encodePath(chance)}`,
      ])
    : `/v2/${repositoryName(chance, world)}/${place}/${last}`;
  const target = `${path}${queryOf(chance, world)}`.slice(0, 8100);
  const hasBody = method === 'PUT' || method === 'POST' || method === 'PATCH' || chance.percent(5);
  const body = !hasBody
    ? undefined
    : place === 'manifests'
      ? writeBytes(chance, manifestText(chance, world))
      : writeBytes(chance, chance.percent(80) ? 'layer' : hostileText(chance));
  const headers: [string, string][] = [['Host', world.host]];
  if (chance.percent(95)) headers.push(['Authorization', chance.one(world.logins)]);
  else if (chance.percent(50))
    headers.push([
      'Authorization',
      headerText(
        chance.one([
          'Basic ',
          'Bearer x',
          `Basic ${Buffer.from(hostileText(chance)).toString('base64')}`,
          hostileText(chance),
        ]),
      ),
    ]);
  if (hasBody && chance.percent(90))
    headers.push([
      'Content-Type',
      chance.one([
        OCI_MANIFEST,
        OCI_INDEX,
        OCI_MANIFEST,
        'application/octet-stream',
        'application/json; charset=x',
        headerText(hostileText(chance)),
      ]),
    ]);
  if (chance.percent(15))
    headers.push([
      chance.one(['Range', 'Content-Range', 'If-None-Match', 'If-Range']),
      headerText(
        chance.one([
          'bytes=0-3',
          'bytes=3-0',
          'bytes=-5',
          'bytes=5-',
          '0-4',
          '5-9',
          'bytes 0-4/5',
          `"${chance.one(world.digests)}"`,
          '*',
          `bytes=${'0-1,'.repeat(500)}`,
          hostileText(chance),
        ]),
      ),
    ]);
  const all = [...headers, ...oddHeaders(chance, () => hostileText(chance))];
  return {
    title: `oci ${method} ${target.slice(0, 400)} ${JSON.stringify(headers.slice(2)).slice(0, 300)} ${body?.toString().slice(0, 600)}`,
    method,
    bytes: requestBytes(method, target, all, body, chance.percent(10)),
    vanishes: chance.percent(1),
  };
}

/** The surfaces that have no API of their own. */
export function smallCall(chance: Chance, world: World): HostileCall {
  const method = chance.one(METHODS);
  const path = chance.one([
    '/healthz',
    '/readyz',
    '/metrics',
    '/trust/123456789012/root.pem',
    '/trust/123456789012/trustpolicy.json',
    '/trust/999999999999/root.pem',
    '/pki/x',
    '/admin/gc',
    '/admin/scrub',
    '/admin/accounts',
    '/admin/x',
    '/',
    '/console',
    '*',
    `/${encodePath(chance)}`,
    `/trust/${encodePath(chance)}`,
    `/admin/${encodePath(chance)}`,
  ]);
  const target = `${path}${queryOf(chance, world)}`.slice(0, 8100);
  const body = chance.percent(20) ? writeBytes(chance, writeJson(chance, hostileValue(chance))) : undefined;
  const all: [string, string][] = [['Host', world.host]];
  if (chance.percent(20))
    all.push(['Authorization', headerText(chance.one([chance.one(world.logins), hostileText(chance)]))]);
  return {
    title: `small ${method} ${target.slice(0, 400)}`,
    method,
    bytes: requestBytes(
      method,
      target,
      [...all, ...oddHeaders(chance, () => hostileText(chance))],
      body,
      chance.percent(10),
    ),
  };
}

/** What is hardly HTTP, or not at all. */
export function rawCall(chance: Chance, world: World): HostileCall {
  const good = `GET /v2/ HTTP/1.1\r\nHost: ${world.host}\r\n`;
  const bytes = chance.one([
    () => `${good}\r\n`.replace('/v2/', hostileText(chance)),
    () => `${good}${hostileText(chance)}: ${hostileText(chance)}\r\n\r\n`,
    () =>
      `${good}Content-Length: ${chance.one(['-1', '1e3', '0x5', '5, 5', '99999999999999999999', ' '])}\r\n\r\nhello`,
    () => `${good}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    () =>
      `${good}Transfer-Encoding: ${chance.one(['gzip', 'chunked, chunked', 'xchunked', 'identity'])}\r\n\r\n0\r\n\r\n`,
    () =>
      `${good}Transfer-Encoding: chunked\r\n\r\n${chance.one(['zz', '-1', 'ffffffffffffffff', ''])}\r\nx\r\n0\r\n\r\n`,
    () =>
      good.replace(
        'HTTP/1.1',
        chance.one(['HTTP/1.0', 'HTTP/2.0', 'HTTP/9', 'http/1.1', '', 'HTTP/1.1 HTTP/1.1']),
      ) + '\r\n',
    () =>
      good.replace(
        'GET',
        chance.one(['get', 'G E T', '', 'CONNECT', 'PRI', hostileText(chance).slice(0, 30)]),
      ) + '\r\n',
    () => `${good}Host: other\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n`,
    () =>
      `${good}${Array.from({ length: chance.one([99, 150, 3000]) }, (_, n) => `h${n}: x\r\n`).join('')}\r\n`,
    () => `${good} folded\r\n\r\n`,
    () => `${good}\n\r\r\n\n`,
    () => `${good}X: ${'x'.repeat(chance.one([8000, 16_000, 17_000, 100_000]))}\r\n\r\n`,
    () => `\u0016\u0003\u0001\u0002\u0000\u0001`.repeat(10),
    () => `${hostileText(chance)}\r\n\r\n`,
  ])();
  return {
    title: `raw ${JSON.stringify(bytes).slice(0, 400)}`,
    method: 'GET',
    bytes: Buffer.from(bytes, 'latin1'),
    malformed: true,
  };
}
