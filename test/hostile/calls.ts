// What a hostile call is, and the names that half-honest ones use so that they reach the code behind the checks.
import type { Chance } from '../model/contents.ts';

export interface HostileCall {
  /** For a report of what went wrong. */
  readonly title: string;
  /** The whole request as it goes over the wire. */
  readonly bytes: Buffer;
  readonly method: string;
  /** The head may not be HTTP: the connection may end without an answer. */
  readonly malformed?: boolean;
  /** The client goes away instead of waiting for the answer. */
  readonly vanishes?: boolean;
}

/** What the calls know of the server. */
export interface World {
  readonly host: string;
  readonly credentials: readonly { readonly accessKeyId: string; readonly secretAccessKey: string }[];
  /** Values of Authorization headers for /v2. */
  readonly logins: readonly string[];
  readonly repositories: readonly string[];
  readonly digests: readonly string[];
  /** Of layers and configurations that are there. */
  readonly blobs: readonly string[];
  readonly tags: readonly string[];
  /** Texts that the server gave out: ids of uploads and jobs, page tokens, keys. Names of members to values. */
  readonly learned: Map<string, string>;
}

/** Head and body as bytes. Names and values go out as they are. */
export function requestBytes(
  method: string,
  target: string,
  headers: readonly (readonly [name: string, value: string])[],
  body: Uint8Array | undefined,
  chunked = false,
): Buffer {
  const framing: (readonly [string, string])[] =
    body === undefined
      ? []
      : chunked
        ? [['Transfer-Encoding', 'chunked']]
        : [['Content-Length', String(body.length)]];
  const head = [
    `${method} ${target} HTTP/1.1`,
    ...[...headers, ...framing].map(([name, value]) => `${name}: ${value}`),
    '',
    '',
  ].join('\r\n');
  const sent =
    body === undefined
      ? Buffer.alloc(0)
      : chunked && body.length > 0
        ? Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')])
        : chunked
          ? Buffer.from('0\r\n\r\n')
          : body;
  return Buffer.concat([Buffer.from(head, 'latin1'), sent]);
}

/** A text as a header's value can hold it: without the characters that end a line. */
export function headerText(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '').slice(0, 4000);
}

/** Odd headers that a request may come with. */
export function oddHeaders(chance: Chance, text: () => string): readonly (readonly [string, string])[] {
  if (!chance.percent(15)) return [];
  return [
    [
      chance.one([
        'Accept',
        'Accept-Encoding',
        'Content-Encoding',
        'Content-Type',
        'Range',
        'If-Range',
        'If-None-Match',
        'Cookie',
        'Origin',
        'User-Agent',
        'X-Amz-Date',
        'X-Amz-Security-Token',
        'X-Amz-Content-Sha256',
        'X-Forwarded-For',
        'Sealport-Client',
        'Upgrade',
        'TE',
        'Content-Range',
      ]),
      headerText(
        chance.percent(50)
          ? text()
          : chance.one([
              'gzip',
              'bytes=0-',
              'bytes=-1',
              'bytes 0-9/10',
              'bytes=0-0,2-3',
              '*',
              '*/*;q=0.1',
              'h2c',
              '0-5',
              '5-0',
              '""',
              'trailers',
            ]),
      ),
    ],
  ];
}
