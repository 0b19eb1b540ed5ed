// The condition keys of one request, beside those of its principal.
// Source: IAM user guide, "AWS global condition context keys".
import type { RequestFacts } from './caller.ts';
import type { ContextLookup } from './policy/index.ts';

/** What a request says about tags: those that it sets (with values), or the keys that it names. */
export interface RequestTags {
  readonly tags?: Readonly<Record<string, string>>;
  readonly keys?: readonly string[];
}

export interface ContextParts {
  readonly request: RequestFacts;
  /** Services that ask on the caller's behalf, the first one first; none when the caller asks by itself. */
  readonly calledVia?: readonly string[] | undefined;
  readonly requestTags?: RequestTags | undefined;
  /** Tags of the resource; empty when nobody asks for them. */
  readonly resourceTags: Readonly<Record<string, string>>;
  /** What the resource's own area answers, by key in lower case. */
  readonly resourceKeys: Readonly<Record<string, string>>;
  /** Epoch ms. */
  readonly now: number;
}

const REQUEST_TAG = 'aws:requesttag/';
/** `aws:ResourceTag/x`, and a service's own spelling of it. */
const RESOURCE_TAG = /^[a-z]+:resourcetag\//;
/** A client can make the header long; policies look at its beginning. */
const MAX_USER_AGENT = 512;

export function requestContext(parts: ContextParts): ContextLookup {
  const { request, requestTags, now, calledVia = [] } = parts;
  return (key) => {
    switch (key) {
      case 'aws:sourceip':
        return request.sourceIp;
      case 'aws:securetransport':
        return String(request.secureTransport);
      case 'aws:useragent':
        return request.userAgent?.slice(0, MAX_USER_AGENT);
      case 'aws:requestedregion':
        return request.region;
      case 'aws:currenttime':
        return new Date(now).toISOString();
      case 'aws:epochtime':
        return String(Math.floor(now / 1000));
      case 'aws:viaawsservice':
        return String(calledVia.length > 0);
      case 'aws:calledvia':
        return calledVia.length > 0 ? calledVia : undefined;
      case 'aws:calledviafirst':
        return calledVia[0];
      case 'aws:calledvialast':
        return calledVia.at(-1);
      case 'aws:tagkeys':
        return requestTags?.keys ?? (requestTags?.tags && Object.keys(requestTags.tags));
      default:
        if (key.startsWith(REQUEST_TAG)) return tagOf(requestTags?.tags ?? {}, key.slice(REQUEST_TAG.length));
        if (RESOURCE_TAG.test(key)) return tagOf(parts.resourceTags, key.slice(key.indexOf('/') + 1));
        return Object.hasOwn(parts.resourceKeys, key) ? parts.resourceKeys[key] : undefined;
    }
  };
}

/** Names of keys know no case. */
function tagOf(tags: Readonly<Record<string, string>>, name: string): string | undefined {
  for (const [key, value] of Object.entries(tags)) if (key.toLowerCase() === name) return value;
  return undefined;
}
