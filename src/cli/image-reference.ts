// `[host/]repository[:tag][@digest]` as people type it.
import { type Digest, isDigest } from '../shared/digest.ts';
import { isRepositoryName, isTag } from '../shared/names.ts';
import { UsageError } from './errors.ts';

export interface ImageReference {
  /** `host[:port]` when it was given. */
  readonly host?: string;
  readonly repositoryName: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** Parses IMAGE; without tag and digest it means the tag `latest`. Throws UsageError. */
export function parseImageReference(text: string): ImageReference {
  const wrong = (what: string): UsageError =>
    new UsageError(`${JSON.stringify(text.slice(0, 300))} is no image: ${what}`);
  if (text.length > 1024) throw wrong('it is too long');
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest))
    throw wrong('after @ comes a digest such as sha256:<64 hexadecimal digits>');
  let name = at < 0 ? text : text.slice(0, at);
  let host: string | undefined;
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  // The rule of docker: the first part is a host when it looks like one.
  if (first.includes('.') || first.includes(':') || first === 'localhost') {
    host = first;
    name = name.slice(slash + 1);
  }
  const colon = name.indexOf(':');
  const tag = colon < 0 ? (digest === undefined ? 'latest' : undefined) : name.slice(colon + 1);
  const repositoryName = colon < 0 ? name : name.slice(0, colon);
  if (!isRepositoryName(repositoryName))
    throw wrong('the repository name is 2 to 256 lower-case letters, digits and . _ - / between them');
  if (tag !== undefined && !isTag(tag))
    throw wrong('a tag is up to 128 letters, digits, _ . - and does not begin with . or -');
  return {
    ...(host !== undefined && { host }),
    repositoryName,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  };
}

/** The reference as text, without the host. */
export function formatImageReference(reference: ImageReference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return `${reference.repositoryName}${tag}${digest}`;
}
