// One principal's way to a server that may live at another time: signed calls of every AWS surface.
import { membersOf, textOf } from '../../../src/cli/client/query.ts';
import { parseXml, type XmlValue } from '../../../src/cli/client/xml.ts';
import { signRequest } from '../../../src/http/auth/sigv4-canonical.ts';
import { type ApiClient, apiClient, type TestCredentials } from '../api-client.ts';

export interface Place {
  readonly url: string;
  /** The time that requests are signed with, epoch ms. */
  readonly now: () => number;
}

export interface FormAnswer {
  readonly status: number;
  /** Members of the result; of an error its code alone. */
  readonly result: { readonly [name: string]: XmlValue };
  readonly code: string | undefined;
}

export interface Reach extends ApiClient {
  readonly place: Place;
  readonly credentials: TestCredentials;
  /** A call of IAM or STS; list members as `Tags.member.1.Key`. */
  form(
    service: 'iam' | 'sts',
    action: string,
    input?: Readonly<Record<string, string>>,
    unsigned?: boolean,
  ): Promise<FormAnswer>;
  /** The same, which must be answered with 200; gives the result. */
  must(
    service: 'iam' | 'sts',
    action: string,
    input?: Readonly<Record<string, string>>,
  ): Promise<FormAnswer['result']>;
}

const VERSIONS = { iam: '2010-05-08', sts: '2011-06-15' } as const;

export function reach(place: Place, credentials: TestCredentials, region = 'us-east-1'): Reach {
  const api = apiClient({ url: place.url, credentials, region, now: place.now });
  const form: Reach['form'] = async (service, action, input = {}, unsigned = false) => {
    const body = Buffer.from(
      new URLSearchParams({ Action: action, Version: VERSIONS[service], ...input }).toString(),
    );
    const { sessionToken } = credentials;
    const headers = {
      host: new URL(place.url).host,
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
    };
    const signing = { ...credentials, method: 'POST', target: '/', headers, body, region, service };
    const answer = await fetch(`${place.url}/`, {
      method: 'POST',
      headers: unsigned ? headers : signRequest({ ...signing, now: place.now() }),
      body: Uint8Array.from(body),
    });
    const document = membersOf(parseXml(await answer.text()).value);
    const { status } = answer;
    const result = membersOf(document[`${action}Result`] ?? '');
    const code = status === 200 ? undefined : textOf(membersOf(document['Error'] ?? '')['Code']);
    return { status, result, code };
  };
  return {
    ...api,
    place,
    credentials,
    form,
    async must(service, action, input) {
      const { status, result, code } = await form(service, action, input);
      if (status !== 200) throw new Error(`${action} ${JSON.stringify(input)}: ${status} ${code}`);
      return result;
    },
  };
}
