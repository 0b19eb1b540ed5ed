// What the audit trail keeps: events in the shape of CloudTrail's records, so that tools that read those read ours.
// Source: CloudTrail User Guide, "CloudTrail record contents". What only we know stands in `additionalEventData` and
// `serviceEventDetails`. No member may ever hold a secret, a token, a payload or a policy's text.
import type { DecidedBy } from '../access/index.ts';

export interface UserIdentity {
  readonly type: 'Root' | 'IAMUser' | 'AssumedRole' | 'AWSAccount' | 'Unknown';
  readonly principalId?: string;
  readonly arn?: string;
  readonly accountId?: string;
  readonly accessKeyId?: string;
  readonly userName?: string;
  readonly sessionContext?: {
    readonly sessionIssuer?: {
      readonly type: 'Role';
      readonly principalId: string;
      readonly arn: string;
      readonly accountId: string;
      readonly userName: string;
    };
    readonly attributes?: { readonly creationDate: string };
  };
  /** The service that acted for the caller. */
  readonly invokedBy?: string;
}

export interface AuditEvent {
  readonly eventVersion: '1.11';
  readonly userIdentity: UserIdentity;
  /** ISO 8601, UTC, with milliseconds. */
  readonly eventTime: string;
  /** `ecr.amazonaws.com` */
  readonly eventSource: string;
  /** The operation, as AWS names it. */
  readonly eventName: string;
  readonly awsRegion: string;
  readonly sourceIPAddress: string;
  readonly userAgent?: string | undefined;
  readonly errorCode?: string | undefined;
  readonly errorMessage?: string | undefined;
  readonly requestParameters: Readonly<Record<string, unknown>> | null;
  /** Of what changed something or gave out credentials: names and identifiers only. */
  readonly responseElements: Readonly<Record<string, unknown>> | null;
  readonly additionalEventData?: {
    /** The operation of the distribution API, for requests to /v2. */
    readonly operation?: string | undefined;
    readonly httpStatus?: number;
    /** The policy statement that allowed or denied it. */
    readonly decidedBy?: DecidedBy | undefined;
  };
  /** What a signing job made, or why it made nothing. */
  readonly serviceEventDetails?: Readonly<Record<string, string | number>>;
  readonly requestID?: string | undefined;
  /** UUID, one for each event. */
  readonly eventID: string;
  readonly readOnly: boolean;
  readonly resources?: readonly { readonly ARN: string; readonly accountId: string }[] | undefined;
  readonly eventType: 'AwsApiCall' | 'AwsServiceEvent';
  readonly managementEvent: true;
  readonly recipientAccountId: string;
  readonly eventCategory: 'Management';
}

/** What of an event is of this one time. */
export type Occasion = Pick<AuditEvent, 'eventTime' | 'requestID' | 'eventID'>;

/** All the rest: the same whenever the same call is made. Its text is made once, however often it is written. */
export class LastingPart {
  readonly facts: Omit<AuditEvent, keyof Occasion>;
  #members: string | undefined;

  constructor(facts: Omit<AuditEvent, keyof Occasion>) {
    this.facts = facts;
  }

  /** The members as JSON, without braces. */
  get members(): string {
    this.#members ??= JSON.stringify(this.facts).slice(1, -1);
    return this.#members;
  }
}

/** An event on its way into the trail. */
export interface AuditRecord {
  readonly occasion: Occasion;
  readonly lasting: LastingPart;
}

/** Of an event that is not known to come again. */
export function recordOf({ eventTime, requestID, eventID, ...facts }: AuditEvent): AuditRecord {
  return { occasion: { eventTime, requestID, eventID }, lasting: new LastingPart(facts) };
}
