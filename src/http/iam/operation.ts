// The factory of IAM's operations. By default a call is about the entity that it names.
import { makeOperationFactory } from '../aws/operation.ts';
import { factsOfCall } from './facts.ts';
import type { Operations } from './generated/types.ts';
import { namedEntity } from './resources.ts';
import type { IamServices } from './services.ts';

export const operation = makeOperationFactory<Operations, IamServices>(namedEntity, factsOfCall);
