/**
 * What every registry client does with a registry, told once: the scenarios of the client matrix. A client joins with
 * a few commands (`Client`) and with what it prints of a refusal; each scenario that passes is noted for the table
 * that the run ends with.
 */
import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { CreateRepositoryCommand, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import type { Ran } from './process.ts';
import { type SigningRegistry, signingRegistry } from './registry.ts';
import { type SmallImage, smallImage } from './small-image.ts';

/** A client whose home is its own; it is not logged in to begin with. References are `host:port/name:tag`. */
export interface Client {
  /** Logs in as AWS. A client without such a command keeps the password for its other commands. */
  readonly login: (password: string) => Promise<Ran>;
  readonly push: (image: SmallImage, reference: string) => Promise<Ran>;
  /** Fetches from the registry what the client has no copy of any more. */
  readonly pull: (reference: string) => Promise<Ran>;
  /** The digest of what was pulled last, as the client computed it. */
  readonly pulled: (reference: string) => Promise<string>;
  /** Deletes in the registry; absent where the client cannot. */
  readonly remove?: (reference: string) => Promise<Ran>;
  readonly close?: () => Promise<void>;
}

/** What a push and a pull need, but for the right to sign. */
const uploadActions = [
  'ecr:GetAuthorizationToken',
  'ecr:BatchCheckLayerAvailability',
  'ecr:InitiateLayerUpload',
  'ecr:UploadLayerPart',
  'ecr:CompleteLayerUpload',
  'ecr:PutImage',
  'ecr:BatchGetImage',
  'ecr:GetDownloadUrlForLayer',
];

/** The registry's words for each refusal that a user must be able to understand. */
const reasons = {
  anonymousPull: /unauthorized|authentication required|no basic auth credentials/i,
  anonymousPush: /unauthorized|authentication required|no basic auth credentials/i,
  wrongPassword: /Your authorization token is invalid\. Log in with the user name AWS/,
  forbiddenPull:
    /is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:us-east-1:123456789012:repository\/unreadable\/app/,
  forbiddenPush:
    /is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:us-east-1:123456789012:repository\/closed\/app/,
  absentImage: /Requested image not found/,
  absentRepository:
    /The repository with name 'signed\/none' does not exist in the registry with id '123456789012'/,
  immutableTag:
    /The image tag '1\.0' already exists in the 'frozen\/app' repository and cannot be overwritten because the tag is immutable\./,
};

export interface ClientOptions {
  /** What the client prints where it keeps the registry's words to itself. */
  readonly hides?: Partial<typeof reasons>;
  /** False for a client that is given the password with every command. */
  readonly logsIn?: boolean;
}

/** Tests the client against a registry of its own. `open` gets a folder to write to and `localhost:<port>`. */
export function clientScenarios(
  name: string,
  open: (dir: string, host: string) => Client | Promise<Client>,
  { hides = {}, logsIn = true }: ClientOptions = {},
): void {
  const shown = { ...reasons, ...hides };

  describe(`${name}, as every client`, () => {
    let registry: SigningRegistry;
    let client: Client;
    let first: SmallImage;
    let second: SmallImage;
    const at = (reference: string): string => `${registry.host}/${reference}`;

    before(async () => {
      registry = await signingRegistry();
      client = await open(registry.dir, registry.host);
      first = await smallImage(registry.dir, 'first', 'the first image');
      second = await smallImage(registry.dir, 'second', 'the second image');
      await registry.createRepository('signed/app');
      const frozen = { repositoryName: 'frozen/app', imageTagMutability: 'IMMUTABLE' } as const;
      await registry.ecr.send(new CreateRepositoryCommand(frozen));
    });
    after(async () => {
      try {
        await client.close?.();
      } finally {
        await registry.close();
      }
    });

    /** Lets nobody do the action in the repository, not even the account's root. */
    const deny = async (repositoryName: string, action: string): Promise<void> => {
      const statement = { Effect: 'Deny', Principal: '*', Action: action };
      const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
      await registry.ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText }));
    };

    const scenario = (title: string, does: string, run: () => Promise<void>): void => {
      test(`${title}: ${does}`, async (t: TestContext) => {
        await run();
        t.diagnostic(`scenario ${title}`);
      });
    };

    scenario('denied', 'nothing is pulled, pushed or logged in to without the right password', async () => {
      refused(await client.pull(at('signed/app:1.0')), shown.anonymousPull);
      refused(await client.push(first, at('signed/app:1.0')), shown.anonymousPush);
      // A client that does not try the password when it is told is refused at the first use of it.
      const login = await client.login('wrong');
      refused(login.code === 0 ? await client.pull(at('signed/app:1.0')) : login, shown.wrongPassword);
    });

    scenario(logsIn ? 'login' : 'password', 'the token of GetAuthorizationToken opens', async () => {
      accepted(await client.login(await registry.password()));
    });

    scenario('push', 'what is pushed is signed', async () => {
      accepted(await client.push(first, at('signed/app:1.0')));
      await registry.signed('signed/app', { imageTag: '1.0' });
    });

    scenario('pull', 'it comes back under its digest, by tag and by digest', async () => {
      const digest = await registry.signed('signed/app', { imageTag: '1.0' });
      for (const reference of [at('signed/app:1.0'), at(`signed/app@${digest}`)]) {
        accepted(await client.pull(reference));
        assert.equal(await client.pulled(reference), digest);
      }
    });

    scenario('push again', 'succeeds and makes no second signature', async () => {
      accepted(await client.push(first, at('signed/app:1.0')));
      assert.equal((await registry.settled('signed/app', { imageTag: '1.0' })).length, 1);
    });

    scenario('immutable tag', 'the same image is taken again, another one is refused', async () => {
      accepted(await client.push(first, at('frozen/app:1.0')));
      accepted(await client.push(first, at('frozen/app:1.0')));
      refused(await client.push(second, at('frozen/app:1.0')), shown.immutableTag);
    });

    scenario('forbidden', 'the user is told which action on what is not allowed', async () => {
      await registry.createRepository('unreadable/app');
      accepted(await client.push(first, at('unreadable/app:1.0')));
      await deny('unreadable/app', 'ecr:BatchGetImage');
      refused(await client.pull(at('unreadable/app:1.0')), shown.forbiddenPull);
      await registry.createRepository('closed/app');
      await deny('closed/app', 'ecr:InitiateLayerUpload');
      refused(await client.push(first, at('closed/app:1.0')), shown.forbiddenPush);
    });

    scenario('absent', 'the user is told that image or repository are not there', async () => {
      refused(await client.pull(at('signed/app:nothing')), shown.absentImage);
      refused(await client.push(first, at('signed/none:1.0')), shown.absentRepository);
    });

    test('delete: what is deleted cannot be pulled any more', async (t) => {
      const { remove } = client;
      if (remove === undefined) return t.skip('the client has no command for it');
      accepted(await remove(at('signed/app:1.0')));
      refused(await client.pull(at('signed/app:1.0')), shown.absentImage);
      t.diagnostic('scenario delete');
    });

    scenario(
      'signing rights',
      'a push by who may not sign succeeds unsigned, and is signed once they may',
      async () => {
        const upload = { Action: uploadActions, Resource: '*' };
        const pusher = await registry.makeUser('pusher', [upload]);
        accepted(await client.login(await pusher.password()));
        accepted(await client.push(second, at('signed/app:2.0')));
        const [status] = await registry.settled('signed/app', { imageTag: '2.0' });
        assert.deepEqual([status?.status, status?.failureCode], ['FAILED', 'ACCESS_DENIED']);
        const denial = `User: ${pusher.arn} is not authorized to perform: signer:SignPayload on resource: ${registry.profileArn}`;
        assert.ok(status?.failureReason?.includes(denial), status?.failureReason);
        assert.match(status?.failureReason ?? '', /allow signer:SignPayload .* then push the image again/);

        await pusher.allow([upload, { Action: 'signer:SignPayload', Resource: registry.profileArn }]);
        // Under another tag: some clients send nothing when the tag has the digest already.
        accepted(await client.push(second, at('signed/app:2.1')));
        const digest = await registry.signed('signed/app', { imageTag: '2.1' });
        assert.equal(await registry.signed('signed/app', { imageTag: '2.0' }), digest);
      },
    );
  });
}

function accepted(ran: Ran): void {
  assert.equal(ran.code, 0, `${ran.stdout}\n${ran.stderr}`);
}

function refused(ran: Ran, reason: RegExp): void {
  const said = `${ran.stdout}\n${ran.stderr}`;
  assert.notEqual(ran.code, 0, said);
  assert.match(said, reason);
}
