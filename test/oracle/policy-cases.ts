// Random policies and requests, from a seed: small worlds, so that statements often meet the request they are held
// against, and every element, operator and kind of policy comes up in many mixtures.
import type { ContextValue, PolicyKind, PrincipalFacts } from '../../src/domain/access/index.ts';

export interface PolicyCase {
  readonly principal: PrincipalFacts;
  readonly action: string;
  readonly resource: string;
  readonly resourceAccount: string;
  /** Keys as AWS writes them. */
  readonly context: Readonly<Record<string, Exclude<ContextValue, undefined>>>;
  readonly identity: readonly object[];
  readonly boundary?: object;
  readonly session?: object;
  readonly resourcePolicy?: { readonly kind: PolicyKind; readonly document: object };
}

export interface Dice {
  /** A whole number from 0 to below `below`. */
  roll(below: number): number;
  pick<T>(list: readonly T[]): T;
  /** True once in `of` times. */
  once(of: number): boolean;
}

/** Mulberry32: a small generator whose numbers depend on the seed alone. */
export function dice(seed: number): Dice {
  let state = seed >>> 0;
  const roll = (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
  return {
    roll,
    pick<T>(list: readonly T[]): T {
      const picked = list[roll(list.length)];
      if (picked === undefined) throw new Error('nothing to pick from');
      return picked;
    },
    once: (of) => roll(of) === 0,
  };
}

const HOME = '123456789012';
const AWAY = '210987654321';
const role = (account: string) => `arn:aws:iam::${account}:role/robots/ci`;

function principals(account: string): readonly PrincipalFacts[] {
  return [
    {
      kind: 'user',
      accountId: account,
      arn: `arn:aws:iam::${account}:user/bob`,
      userId: `AIDAEXAMPLEBOB0${account.slice(0, 5)}`,
      userName: 'bob',
      tags: { team: 'blue', Stage: 'prod' },
    },
    {
      kind: 'assumed-role',
      accountId: account,
      arn: `arn:aws:sts::${account}:assumed-role/ci/build-7`,
      roleArn: role(account),
      userId: `AROAEXAMPLECI00${account.slice(0, 5)}:build-7`,
      tags: { team: 'red' },
    },
  ];
}

/** Unique ids of those whom policies name, by the ARN that names them: what a stored policy holds in its place. */
export const uniqueIds: ReadonlyMap<string, string> = new Map(
  [HOME, AWAY].flatMap(principals).flatMap((facts): [string, string][] => {
    if (facts.kind === 'user') return [[facts.arn, facts.userId]];
    if (facts.kind !== 'assumed-role') return [];
    return [
      [facts.arn, facts.userId],
      [facts.roleArn, facts.userId.slice(0, facts.userId.indexOf(':'))],
    ];
  }),
);

const callers: readonly PrincipalFacts[] = [...principals(HOME), ...principals(HOME), ...principals(AWAY)];

const actions = [
  'ecr:PutImage',
  'ecr:BatchGetImage',
  'ecr:DescribeImages',
  'ecr:GetDownloadUrlForLayer',
  'ecr:TagResource',
];
const actionPatterns = [
  ...actions,
  '*',
  'ecr:*',
  'ECR:putimage',
  'ecr:Put*',
  'ecr:*Image',
  'ecr:*Image?',
  'ecr:Batch???Image',
  'ecr:G*Layer',
  'signer:*',
  's3:GetObject',
  'sts:AssumeRole',
];
/** What a policy of the registry's own may name. */
const ownPatterns = actionPatterns.filter((text) => text === '*' || /^ecr:/i.test(text));
const names = ['bob', 'team/app', 'blue', 'blue/app', 'prod/web/front'];
const arn = (name: string, account = HOME, region = 'eu-west-1') =>
  `arn:aws:ecr:${region}:${account}:repository/${name}`;
const resources = names.map((name) => arn(name));
const resourcePatterns = [
  '*',
  ...resources,
  arn('*'),
  arn('*', '*', '*'),
  arn('blue*'),
  arn('*/app'),
  arn('t?am/*'),
  arn('${aws:username}'),
  arn('${aws:PrincipalTag/team}*'),
  arn("${aws:PrincipalTag/nobody, 'bob'}"),
  arn('${aws:PrincipalTag/nobody}'),
  arn('${*}'),
  arn('*', AWAY),
  'arn:aws:ecr:*:*:*',
  'arn:aws:signer:*:*:/signing-profiles/*',
  'arn:aws:ecr:eu-west-?:*:repository/*',
];

/** Condition keys with values that requests have, and what policies hold against them. */
const conditions: readonly {
  readonly operators: readonly string[];
  readonly keys: readonly string[];
  readonly values: readonly string[];
}[] = [
  {
    operators: ['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'],
    keys: [
      'aws:PrincipalTag/team',
      'aws:ResourceTag/Team',
      'ecr:ResourceTag/Team',
      'aws:username',
      'aws:RequestTag/a',
    ],
    values: [
      'blue',
      'Blue',
      'red',
      'bob',
      '*',
      '${aws:PrincipalTag/team}',
      '${aws:username}',
      '${?}',
      "${aws:PrincipalTag/none, 'blue'}",
    ],
  },
  {
    operators: ['StringLike', 'StringNotLike'],
    keys: ['aws:PrincipalTag/team', 'aws:ResourceTag/Team', 'aws:UserAgent', 'aws:userid'],
    values: [
      'b*',
      '?ed',
      '*',
      'docker/*',
      '*build*',
      'AIDA*',
      '*:build-?',
      '${aws:PrincipalTag/team}',
      'b${*}',
    ],
  },
  {
    operators: ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'],
    keys: ['aws:PrincipalArn', 'aws:SourceArn'],
    values: [
      `arn:aws:iam::${HOME}:user/bob`,
      `arn:aws:iam::${HOME}:role/*`,
      'arn:aws:iam::*:role/robots/ci',
      'arn:aws:iam::*:user/b?b',
      arn('*'),
    ],
  },
  {
    operators: ['IpAddress', 'NotIpAddress'],
    keys: ['aws:SourceIp'],
    values: [
      '10.0.0.0/8',
      '10.1.2.3',
      '192.0.2.0/24',
      '0.0.0.0/1',
      '128.0.0.0/1',
      '2001:db8::/32',
      '2001:db8::1',
    ],
  },
  {
    operators: [
      'NumericEquals',
      'NumericNotEquals',
      'NumericLessThan',
      'NumericLessThanEquals',
      'NumericGreaterThan',
      'NumericGreaterThanEquals',
    ],
    keys: ['aws:EpochTime', 'aws:MultiFactorAuthAge'],
    values: ['1700000000', '1700000001', '300', '299.5', '-1'],
  },
  {
    operators: [
      'DateEquals',
      'DateNotEquals',
      'DateLessThan',
      'DateLessThanEquals',
      'DateGreaterThan',
      'DateGreaterThanEquals',
    ],
    keys: ['aws:CurrentTime', 'aws:TokenIssueTime'],
    values: ['2023-11-14T22:13:20Z', '2023-11-14', '2024-01-01T00:00:00Z', '2020-01-01T00:00:00Z'],
  },
  {
    operators: ['Bool'],
    keys: ['aws:SecureTransport', 'aws:MultiFactorAuthPresent', 'aws:ViaAWSService'],
    values: ['true', 'false'],
  },
];

const sets = {
  operators: ['StringEquals', 'StringLike', 'StringNotEquals', 'StringNotLike', 'StringEqualsIgnoreCase'],
  values: ['team', 'Team', 'stage', 't*', '*', 'cost'],
};

function some<T>(d: Dice, list: readonly T[]): T | readonly T[] {
  return d.once(3) ? [d.pick(list), d.pick(list)] : d.once(2) ? [d.pick(list)] : d.pick(list);
}

function condition(d: Dice): object {
  const all: Record<string, Record<string, unknown>> = {};
  const add = (operator: string, key: string, values: unknown) => {
    all[operator] = { ...all[operator], [key]: values };
  };
  for (let n = d.roll(3); n >= 0; n -= 1) {
    if (d.once(8)) {
      add('Null', d.pick(d.pick(conditions).keys), d.pick(['true', 'false']));
    } else if (d.once(6)) {
      const prefix = d.pick(['ForAllValues:', 'ForAnyValue:']);
      const suffix = d.once(5) ? 'IfExists' : '';
      add(`${prefix}${d.pick(sets.operators)}${suffix}`, 'aws:TagKeys', some(d, sets.values));
    } else {
      const { operators, keys, values } = d.pick(conditions);
      const key = d.pick(keys);
      const written = d.once(10) ? key.toLowerCase() : key;
      add(`${d.pick(operators)}${d.once(4) ? 'IfExists' : ''}`, written, some(d, values));
    }
  }
  return all;
}

const principalElements = [
  '*',
  { AWS: '*' },
  { AWS: HOME },
  { AWS: AWAY },
  { AWS: `arn:aws:iam::${HOME}:root` },
  { AWS: [`arn:aws:iam::${HOME}:user/bob`] },
  { AWS: [role(HOME), `arn:aws:iam::${AWAY}:user/bob`] },
  { AWS: role(AWAY) },
  { AWS: `arn:aws:sts::${HOME}:assumed-role/ci/build-7` },
  { Service: 'ecr.amazonaws.com' },
];

/** Deny alone may name those that it spares. */
const spared = [
  { AWS: [`arn:aws:iam::${HOME}:user/bob`, `arn:aws:iam::${HOME}:root`] },
  { AWS: [`arn:aws:sts::${HOME}:assumed-role/ci/build-7`, role(HOME), HOME] },
  { AWS: [role(HOME), HOME] },
];

function whom(d: Dice, effect: string): object {
  if (effect === 'Deny' && d.once(6)) return { NotPrincipal: d.pick(spared) };
  return { Principal: d.pick(principalElements) };
}

const withPrincipal: ReadonlySet<PolicyKind> = new Set(['repository', 'registry', 'trust']);
const withoutResource: ReadonlySet<PolicyKind> = new Set(['repository', 'trust']);

function statement(d: Dice, kind: PolicyKind): object {
  const effect = d.once(4) ? 'Deny' : 'Allow';
  const element = (name: string, values: unknown) => ({ [d.once(8) ? `Not${name}` : name]: values });
  return {
    Effect: effect,
    ...(withPrincipal.has(kind) ? whom(d, effect) : {}),
    ...(kind === 'trust'
      ? { Action: d.pick(['sts:AssumeRole', 'sts:*', 'sts:TagSession']) }
      : element('Action', some(d, withPrincipal.has(kind) ? ownPatterns : actionPatterns))),
    ...(withoutResource.has(kind) ? {} : element('Resource', some(d, resourcePatterns))),
    ...(d.once(2) ? {} : { Condition: condition(d) }),
  };
}

function policy(d: Dice, kind: PolicyKind): object {
  const statements = Array.from({ length: 1 + d.roll(3) }, () => statement(d, kind));
  // The older version, in which variables are text, is rare but there.
  const version = d.once(20) ? '2008-10-17' : '2012-10-17';
  return { Version: version, Statement: statements.length === 1 && d.once(2) ? statements[0] : statements };
}

function requestContext(d: Dice, principal: PrincipalFacts): PolicyCase['context'] {
  const maybe = (key: string, values: readonly string[]) => (d.once(3) ? {} : { [key]: d.pick(values) });
  const own =
    principal.kind === 'user' || principal.kind === 'assumed-role'
      ? {
          'aws:PrincipalArn': principal.kind === 'user' ? principal.arn : principal.roleArn,
          'aws:PrincipalAccount': principal.accountId,
          'aws:userid': principal.userId,
          ...(principal.kind === 'user' ? { 'aws:username': principal.userName } : {}),
          ...Object.fromEntries(
            Object.entries(principal.tags ?? {}).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]),
          ),
        }
      : {};
  return {
    ...own,
    ...maybe('aws:SourceIp', ['10.1.2.3', '192.0.2.200', '2001:db8::1', '2001:db9::1']),
    ...maybe('aws:SecureTransport', ['true', 'false']),
    ...maybe('aws:ViaAWSService', ['false']),
    ...maybe('aws:MultiFactorAuthPresent', ['true', 'false']),
    ...maybe('aws:MultiFactorAuthAge', ['300', '299']),
    ...maybe('aws:UserAgent', ['docker/27.1', 'aws-cli/2']),
    ...maybe('aws:ResourceTag/Team', ['blue', 'Blue', 'red']),
    ...maybe('ecr:ResourceTag/Team', ['blue', 'red']),
    ...maybe('aws:RequestTag/a', ['blue', '*']),
    ...maybe('aws:SourceArn', [arn('blue'), 'arn:aws:iam::210987654321:role/robots/ci']),
    'aws:EpochTime': '1700000000',
    'aws:CurrentTime': '2023-11-14T22:13:20Z',
    ...maybe('aws:TokenIssueTime', ['2023-11-14T21:00:00Z', '2024-01-01T00:00:00Z']),
    ...(d.once(2) ? {} : { 'aws:TagKeys': d.pick([['team'], ['team', 'stage'], ['Team', 'cost', 'team']]) }),
  };
}

/** One request with the policies it is held against. */
export function policyCase(d: Dice): PolicyCase {
  const principal = d.pick(callers);
  const request = requestOf(d);
  return {
    ...request.about,
    principal,
    resourceAccount: HOME,
    context: requestContext(d, principal),
    identity: Array.from({ length: d.roll(3) }, () => policy(d, 'identity')),
    ...(d.once(4) ? { boundary: policy(d, 'boundary') } : {}),
    ...(principal.kind === 'assumed-role' && d.once(4) ? { session: policy(d, 'session') } : {}),
    ...(request.kind === undefined
      ? {}
      : { resourcePolicy: { kind: request.kind, document: policy(d, request.kind) } }),
  };
}

/** What is asked, and which kind of policy the resource has. */
function requestOf(d: Dice): {
  readonly about: Pick<PolicyCase, 'action' | 'resource'>;
  readonly kind: PolicyKind | undefined;
} {
  if (d.once(12)) return { about: { action: 'ecr:GetAuthorizationToken', resource: '*' }, kind: undefined };
  if (d.once(8)) return { about: { action: 'sts:AssumeRole', resource: role(HOME) }, kind: 'trust' };
  const kind = d.pick(['repository', 'registry'] as const);
  return {
    about: { action: d.pick(actions), resource: d.pick(resources) },
    kind: d.once(2) ? kind : undefined,
  };
}
