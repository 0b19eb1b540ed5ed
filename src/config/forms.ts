// Forms that values of options may have, with the sentence that says what is wrong with another.
import { resolve } from 'node:path';
import { z } from 'zod';

const HOST_NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/;
const IP_V6 = /^[0-9A-Fa-f:.]{2,45}$/;

export const text = z.string().min(1, 'must not be empty').max(4096, 'is longer than 4096 characters');

export const listenHost = text.refine(
  (value) => HOST_NAME.test(value) || (value.includes(':') && IP_V6.test(value)),
  'must be an address or a host name, e.g. 0.0.0.0',
);

export const port = text
  .regex(/^\d{1,5}$/, 'must be a number from 0 to 65535')
  .transform(Number)
  .refine((value) => value <= 65535, 'must be a number from 0 to 65535');

/** An absolute http(s) URL with a host and no path; given back as its origin, without a slash at the end. */
export function baseUrl(schemes: readonly ('http' | 'https')[]): z.ZodType<string> {
  const wanted = `must be a URL of the form ${schemes[0]}://host[:port]${schemes.length > 1 ? ' (http or https)' : ''}, without a path`;
  return text.transform((value, context) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    const bare =
      url !== undefined &&
      url.pathname === '/' &&
      url.search === '' &&
      url.hash === '' &&
      url.username === '' &&
      url.password === '';
    if (!bare || !schemes.some((scheme) => url.protocol === `${scheme}:`)) {
      context.addIssue({ code: 'custom', message: wanted });
      return z.NEVER;
    }
    return url.origin;
  });
}

const REGISTRY_HOST =
  /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](?::\d{1,5})?$/;

export const registryHost = text.max(300, 'is longer than 300 characters').refine((value) => {
  const filled = value.replaceAll('{account}', '123456789012').replaceAll('{region}', 'us-east-1');
  return REGISTRY_HOST.test(filled);
}, 'must be host[:port] without a scheme; it may hold {account} and {region}');

/** A whole number in a range, written with digits only. */
export function wholeNumber(least: number, most: number): z.ZodType<number> {
  const wanted = `must be a whole number from ${least} to ${most}`;
  return text
    .regex(/^\d{1,9}$/, wanted)
    .transform(Number)
    .refine((value) => value >= least && value <= most, wanted);
}

export const path = text.transform((value) => resolve(value));

/** An option whose only offered value is the default one. */
export function embeddedOnly(what: string): z.ZodType<string> {
  return text.refine(() => false, `is not offered yet: leave it out to use ${what}`);
}
