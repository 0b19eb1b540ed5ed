// Which of a request's parameters the audit trail keeps: names of things and choices, by an allow-list. Content
// (manifests, layers, payloads, documents), tokens and values of tags never, whatever a client calls them.

const KEPT: ReadonlySet<string> = new Set([
  // ECR
  'registryId',
  'registryIds',
  'repositoryName',
  'repositoryNames',
  'imageId',
  'imageIds',
  'imageTag',
  'imageDigest',
  'imageManifestMediaType',
  'imageTagMutability',
  'layerDigest',
  'layerDigests',
  'uploadId',
  'partFirstByte',
  'partLastByte',
  'subjectId',
  'force',
  'rules',
  'signingProfileArn',
  'repositoryFilters',
  'filter',
  'filterType',
  // Signer
  'profileName',
  'profileVersion',
  'profileOwner',
  'profileArn',
  'platformId',
  'jobId',
  'jobOwner',
  'jobArn',
  'profileVersionArn',
  'effectiveTime',
  'signatureValidityPeriod',
  'value',
  'type',
  'payloadFormat',
  'reason',
  'revisionId',
  'statementId',
  'action',
  'principal',
  // Both
  'resourceArn',
  'tagKeys',
  'signingConfiguration',
  // IAM and STS
  'accountId',
  'userName',
  'newUserName',
  'groupName',
  'newGroupName',
  'roleName',
  'policyName',
  'policyArn',
  'policyArns',
  'arn',
  'versionId',
  'path',
  'pathPrefix',
  'newPath',
  'permissionsBoundary',
  'accessKeyId',
  'status',
  'setAsDefault',
  'maxSessionDuration',
  'openIDConnectProviderArn',
  'url',
  'clientIDList',
  'clientID',
  'thumbprintList',
  'roleArn',
  'roleSessionName',
  'durationSeconds',
  'sourceIdentity',
  'transitiveTagKeys',
  'providerId',
  // What answers hold them in
  'credentials',
  'assumedRoleUser',
  'assumedRoleId',
  'accessKey',
  'expiration',
  // The operator's
  'account-id',
  'dry-run',
  'grace-seconds',
  'newest-record',
  // Of a signature that is asked for
  'repository',
  'tag',
  'again',
  'registry-id',
  // /v2
  'digest',
  'reference',
  'mount',
  'from',
]);

const MAX_TEXT = 256;
const MAX_ITEMS = 100;
const MAX_DEPTH = 5;
/** Values of all parameters together, characters. */
const MAX_TOTAL = 4096;

/** The parameters that may be kept, cut to size; null when there are none. Names begin in lower case, as CloudTrail's. */
export function safeParameters(input: unknown): Readonly<Record<string, unknown>> | null {
  const budget = { left: MAX_TOTAL };
  const kept = pick(input, budget, 0);
  return kept !== null && typeof kept === 'object' && !Array.isArray(kept) && Object.keys(kept).length > 0
    ? (kept as Record<string, unknown>)
    : null;
}

/** undefined for what is not kept. */
function pick(value: unknown, budget: { left: number }, depth: number): unknown {
  if (budget.left <= 0 || depth > MAX_DEPTH) return undefined;
  switch (typeof value) {
    case 'string': {
      const text = value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;
      budget.left -= text.length;
      return text;
    }
    case 'number':
    case 'boolean':
      budget.left -= 8;
      return value;
    case 'object':
      break;
    default:
      return undefined;
  }
  if (value === null || value instanceof Uint8Array || value instanceof Date) return undefined;
  if (Array.isArray(value)) {
    return value
      .slice(0, MAX_ITEMS)
      .map((item) => pick(item, budget, depth + 1))
      .filter((item) => item !== undefined);
  }
  const kept: Record<string, unknown> = {};
  for (const given of Object.keys(value)) {
    const name = KEPT.has(given) ? given : `${given.charAt(0).toLowerCase()}${given.slice(1)}`;
    if (!KEPT.has(name)) continue;
    const picked = pick((value as Record<string, unknown>)[given], budget, depth + 1);
    if (picked !== undefined) kept[name] = picked;
  }
  return kept;
}
