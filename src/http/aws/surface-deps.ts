// What every AWS surface is given by the composition.
import type { Authorize } from '../../domain/access/index.ts';
import type { Callers } from '../auth/sigv4.ts';
import type { BodyRules } from '../read-body.ts';

export interface AwsSurfaceDeps<S> {
  readonly services: S;
  readonly callers: Callers;
  readonly authorize: Authorize;
  readonly bodies: BodyRules;
}
