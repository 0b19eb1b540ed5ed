// Policies for tests that decide with the product's own authorizer.
import {
  type Authorize,
  compilePolicy,
  makeAuthorizer,
  makeDecide,
  type NamedPolicy,
  type RequestFacts,
} from '../../src/domain/access/index.ts';

/** An identity policy; statements allow everything unless they say otherwise. */
export function identityPolicy(...statements: object[]): NamedPolicy {
  const complete = statements.map((statement) => ({
    Effect: 'Allow',
    Action: '*',
    Resource: '*',
    ...statement,
  }));
  const document = { Version: '2012-10-17', Statement: complete };
  return { name: 'test policy', policy: compilePolicy(JSON.stringify(document), 'identity') };
}

export const everything = identityPolicy({});

/** A real authorizer over resources without policies, for whoever has these identity policies at the moment. */
export function authorizerFor(identity: () => readonly NamedPolicy[]): Authorize {
  return makeAuthorizer({
    policies: {
      ofPrincipal: async () => ({ identity: identity() }),
      ofIdentity: async () => undefined,
    },
    areas: {},
    decide: makeDecide(),
    clock: { now: () => Date.now() },
  });
}

export const requestFacts: RequestFacts = {
  region: 'us-east-1',
  sourceIp: '127.0.0.1',
  secureTransport: false,
};
