// Calls of the IAM and STS APIs, signed like any AWS client's: a form out, XML in. Values come back as text, lists as arrays.
import { CommandError } from '../errors.ts';
import { printable } from '../terminal.ts';
import { AwsError } from './aws.ts';
import type { HttpClient } from './http.ts';
import { type SigningIdentity, signed } from './signed.ts';
import { parseXml, type XmlValue } from './xml.ts';

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** An input: text, lists, structures. */
export type Parameter =
  | string
  | number
  | boolean
  | undefined
  | readonly Parameter[]
  | { readonly [name: string]: Parameter };

export interface QueryClient {
  /** Members of the result. Throws AwsError. */
  call(
    operation: string,
    input: Readonly<Record<string, Parameter>>,
  ): Promise<{ readonly [name: string]: XmlValue }>;
  /** All items of a paged list. */
  list(
    operation: string,
    member: string,
    input?: Readonly<Record<string, Parameter>>,
  ): Promise<readonly XmlValue[]>;
}

const VERSIONS = { iam: '2010-05-08', sts: '2011-06-15' };

export function makeQueryClient(
  service: keyof typeof VERSIONS,
  http: HttpClient,
  endpoint: string,
  identity: SigningIdentity,
): QueryClient {
  const client: QueryClient = {
    async call(operation, input) {
      const form = new URLSearchParams([
        ['Action', operation],
        ['Version', VERSIONS[service]],
        ...flat('', input),
      ]);
      const { status, body } = await http.send(
        signed(
          {
            method: 'POST',
            url: new URL('/', endpoint),
            headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
            body: Buffer.from(form.toString()),
            maxBytes: MAX_ANSWER_BYTES,
          },
          service,
          identity,
        ),
      );
      const document = documentOf(body, endpoint, operation);
      if (status >= 300) throw errorOf(document, status, operation);
      return membersOf(membersOf(document)[`${operation}Result`] ?? '');
    },
    async list(operation, member, input = {}) {
      const items: XmlValue[] = [];
      let marker: string | undefined;
      do {
        const page = await client.call(operation, { ...input, Marker: marker });
        items.push(...listOf(page[member]));
        marker = page['IsTruncated'] === 'true' ? textOf(page['Marker']) : undefined;
      } while (marker !== undefined);
      return items;
    },
  };
  return client;
}

function flat(name: string, value: Parameter): [string, string][] {
  if (value === undefined) return [];
  if (typeof value !== 'object') return [[name, String(value)]];
  if (Array.isArray(value)) {
    const items: readonly Parameter[] = value;
    return items.flatMap((item, at) => flat(`${name}.member.${at + 1}`, item));
  }
  return Object.entries(value).flatMap(([key, item]) => flat(name === '' ? key : `${name}.${key}`, item));
}

function documentOf(body: Buffer, endpoint: string, operation: string): XmlValue {
  try {
    return parseXml(body.toString('utf8')).value;
  } catch (error) {
    throw new CommandError(`${operation}: ${endpoint} does not speak this API`, { cause: error });
  }
}

function errorOf(document: XmlValue, status: number, operation: string): AwsError {
  const error = membersOf(membersOf(document)['Error'] ?? '');
  const code = printable(textOf(error['Code']) || `status ${status}`).slice(0, 100);
  const message = printable(textOf(error['Message']).slice(0, 1000));
  return new AwsError(code, status, `${operation}: ${code}: ${message}`);
}

/** Members of a structure; none of an empty one. */
export function membersOf(value: XmlValue): { readonly [name: string]: XmlValue } {
  return typeof value === 'object' && !Array.isArray(value)
    ? (value as { readonly [name: string]: XmlValue })
    : {};
}

export function listOf(value: XmlValue | undefined): readonly XmlValue[] {
  return Array.isArray(value) ? (value as readonly XmlValue[]) : [];
}

export function textOf(value: XmlValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
