// What every test of bad input asks of an answer: a refusal in the protocol's own form, and nothing that reached a
// handler.
import assert from 'node:assert/strict';
import type { RawAnswer, RawClient, RawRequest } from './aws-request.ts';
import type { Surfaces } from './aws-surfaces.ts';
import type { Fault, Json } from './model-inputs.ts';

const xmlMember = (text: string, name: string): string =>
  (new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');

export const codeOf = ({ headers, text }: RawAnswer): string => {
  if (text.startsWith('<')) return xmlMember(text, 'Code');
  const body = JSON.parse(text) as Json;
  return String(headers['x-amzn-errortype'] ?? body.__type);
};
export const messageOf = ({ text }: RawAnswer): string =>
  text.startsWith('<') ? xmlMember(text, 'Message') : String((JSON.parse(text) as Json).message);

/** Makes the function that sends a request which must be refused; nothing may reach a handler, and one report tells of it. */
export function makeRefused({ reached, reports }: Pick<Surfaces, 'reached' | 'reports'>, client: RawClient) {
  return async function refused(
    raw: RawRequest,
    status: number,
    code: string,
    message?: RegExp,
  ): Promise<RawAnswer> {
    const before = { reached: reached.length, reports: reports.length };
    const answer = await client.send(raw);
    const context = `${raw.method ?? 'POST'} ${raw.target ?? '/'} -> ${answer.status} ${answer.text.slice(0, 500)}`;
    assert.equal(answer.status, status, context);
    assert.equal(codeOf(answer), code, context);
    if (message !== undefined) assert.match(messageOf(answer), message);
    assert.match(String(answer.headers['x-amzn-requestid']), /^request-\d+$/);
    assert.equal(reached.length, before.reached, context);
    assert.equal(reports.length, before.reports + 1);
    assert.equal(reports.at(-1)?.errorCode, code);
    return answer;
  };
}

export function assertNames(answer: RawAnswer, fault: Fault): void {
  const words =
    fault.kind === 'malformed' ? `'${fault.path}' must be` : `Invalid parameter at '${fault.path}' failed`;
  const message = messageOf(answer);
  assert.ok(message.includes(words), `${fault.path} ${fault.title}: ${message.slice(0, 300)}`);
}
