// What an operator did with a command on the server's machine, without a server.
import { randomUUID } from 'node:crypto';
import { type HomeRegistry, printable } from './call-event.ts';
import { safeParameters } from './parameters.ts';
import { type AuditRecord, recordOf } from './types.ts';

const MAX_NAME = 256;

export interface OperatorAction {
  /** As the same call to a server is named. */
  readonly operation: string;
  /** Who, as the machine knows them. */
  readonly by: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** `now`: epoch ms. */
export function operatorEvent(action: OperatorAction, home: HomeRegistry, now: number): AuditRecord {
  return recordOf({
    eventVersion: '1.11',
    userIdentity: { type: 'Unknown', userName: printable(action.by, MAX_NAME) },
    eventTime: new Date(now).toISOString(),
    eventSource: 'sealport.amazonaws.com',
    eventName: action.operation,
    awsRegion: home.region,
    sourceIPAddress: 'localhost',
    requestParameters: safeParameters(action.parameters),
    responseElements: null,
    eventID: randomUUID(),
    readOnly: false,
    eventType: 'AwsServiceEvent',
    managementEvent: true,
    recipientAccountId: home.accountId,
    eventCategory: 'Management',
  });
}
