// A pasted image name may hold a host. Asking another server about it would answer a question that nobody asked.
import { CommandError } from '../errors.ts';
import type { ImageReference } from '../image-reference.ts';
import { printable } from '../terminal.ts';
import type { Session } from './session.ts';

/** Throws CommandError when the reference names a host that is not this server's. */
export async function requireSameRegistry(session: Session, reference: ImageReference): Promise<void> {
  const { host, repositoryName } = reference;
  if (host === undefined || host === new URL(session.config.endpoint).host) return;
  // The server may give its images another host name (--registry-host).
  const { repositories } = await session.ecr.call('DescribeRepositories', {
    repositoryNames: [repositoryName],
  });
  const own = repositories[0]?.repositoryUri.split('/', 1)[0];
  if (own === host) return;
  throw new CommandError(
    `the image is of ${host}, but ${session.config.endpoint} is ${printable(own ?? 'another registry')}: give the right --endpoint`,
  );
}
