// Refusals that come before a request belongs to a surface: malformed, too large or too slow heads. One form that the
// clients of every surface can read: `__type` and `code` are AWS's, `errors` is the distribution specification's.
import type { ServerResponse } from 'node:http';
import { NO_SNIFFING } from './answers.ts';
import { sendRefused, shortened } from './bounded-refusal.ts';

export interface Refusal {
  readonly status: number;
  readonly code: string;
  /** Code of the distribution specification. */
  readonly ociCode: 'SIZE_INVALID' | 'UNSUPPORTED' | 'TOOMANYREQUESTS';
  readonly message: string;
}

export function refusal(
  status: number,
  code: string,
  message: string,
  ociCode: Refusal['ociCode'] = 'UNSUPPORTED',
): Refusal {
  return { status, code, ociCode, message };
}

function bodyOf({ code, ociCode, message }: Refusal, requestId: string): string {
  return JSON.stringify({
    __type: code,
    code,
    message,
    errors: [{ code: ociCode, message }],
    requestId,
  });
}

/** Answers, and ends the connection: whoever sent such a head is not believed where the next one begins. */
export function sendRefusal(response: ServerResponse, refused: Refusal, requestId: string): void {
  const headers = {
    'Content-Type': 'application/json',
    'x-amzn-ErrorType': refused.code,
    Connection: 'close',
  };
  sendRefused(response, refused.status, headers, (room) =>
    bodyOf({ ...refused, message: shortened(refused.message, room) }, requestId),
  );
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  414: 'URI Too Long',
  431: 'Request Header Fields Too Large',
  505: 'HTTP Version Not Supported',
};

/** The same as bytes, for a connection on which no request came to be. */
export function refusalText(refused: Refusal, requestId: string): string {
  const body = bodyOf(refused, requestId);
  return [
    `HTTP/1.1 ${refused.status} ${REASONS[refused.status] ?? 'Refused'}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `x-amzn-ErrorType: ${refused.code}`,
    `X-Request-Id: ${requestId}`,
    ...Object.entries(NO_SNIFFING).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}

/** What the parser's complaint is to a client. `packet`: the bytes in which it was found. */
export function refusalOfParser(code: string | undefined, packet: Buffer | undefined): Refusal {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return isRequestLine(packet)
        ? refusal(414, 'RequestUriTooLongException', 'The path and query of the request are too long')
        : refusal(431, 'RequestHeaderTooLargeException', 'The headers of the request are too large');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return refusal(
        413,
        'RequestEntityTooLargeException',
        'The chunk extensions are too large',
        'SIZE_INVALID',
      );
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return refusal(408, 'RequestTimeoutException', 'The head of the request did not arrive in time');
    case 'HPE_INVALID_VERSION':
    case 'HPE_PAUSED_H2_UPGRADE':
      return refusal(505, 'HttpVersionNotSupportedException', 'Only HTTP/1.1 is spoken here');
    default:
      return refusal(400, 'MalformedHttpRequestException', 'The request is not well-formed HTTP/1.1');
  }
}

/** Whether the bytes are a request line that has not ended within the limit of a head. */
function isRequestLine(packet: Buffer | undefined): boolean {
  const text = packet?.subarray(0, 4096).toString('latin1') ?? '';
  return /^[A-Z]{3,16} \/[^\r\n]*$/.test(text);
}
