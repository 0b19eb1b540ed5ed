// The least that a registry needs to sign: a profile, a repository and a rule; and how a test follows it.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from './api-client.ts';

export interface StatusEntry {
  readonly signingProfileArn: string;
  readonly status: 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';
  readonly failureCode?: string;
  readonly failureReason?: string;
}

/** Makes a repository that is signed under one profile; gives the profile's ARN. */
export async function setUpSigning(client: ApiClient, repositoryName: string): Promise<string> {
  assert.equal((await client.ecr('CreateRepository', { repositoryName })).status, 200);
  const profile = await client.signer('PUT', '/signing-profiles/crash_test', {
    platformId: 'Notation-OCI-SHA384-ECDSA',
  });
  assert.equal(profile.status, 200, JSON.stringify(profile.body));
  const signingProfileArn = String(profile.body['arn']);
  const rules = [{ signingProfileArn }];
  const put = await client.ecr('PutSigningConfiguration', { signingConfiguration: { rules } });
  assert.equal(put.status, 200, JSON.stringify(put.body));
  return signingProfileArn;
}

export async function statusesOf(
  client: ApiClient,
  repositoryName: string,
  imageDigest: string,
): Promise<readonly StatusEntry[]> {
  const { status, body } = await client.ecr('DescribeImageSigningStatus', {
    repositoryName,
    imageId: { imageDigest },
  });
  assert.equal(status, 200, JSON.stringify(body));
  return body['signingStatuses'] as StatusEntry[];
}

/** Waits until no entry is IN_PROGRESS any more. */
export async function settledStatuses(
  client: ApiClient,
  repositoryName: string,
  imageDigest: string,
): Promise<readonly StatusEntry[]> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const statuses = await statusesOf(client, repositoryName, imageDigest);
    if (statuses.every(({ status }) => status !== 'IN_PROGRESS')) return statuses;
    assert.ok(Date.now() < deadline, `${imageDigest} was not signed within a minute`);
    await sleep(20);
  }
}

/** Digests of the signatures that the registry lists for the image; each one's manifest and envelope are read. */
export async function readableSignatures(
  client: ApiClient,
  url: string,
  repositoryName: string,
  imageDigest: string,
): Promise<readonly string[]> {
  const headers = { authorization: await client.login() };
  const get = async (path: string) => {
    const answer = await fetch(`${url}/v2/${repositoryName}/${path}`, { headers });
    assert.equal(answer.status, 200, path);
    return answer;
  };
  const list = (await (await get(`referrers/${imageDigest}`)).json()) as { manifests: { digest: string }[] };
  for (const { digest } of list.manifests) {
    const manifest = (await (await get(`manifests/${digest}`)).json()) as { layers: { digest: string }[] };
    for (const layer of manifest.layers) await (await get(`blobs/${layer.digest}`)).arrayBuffer();
  }
  return list.manifests.map(({ digest }) => digest);
}
