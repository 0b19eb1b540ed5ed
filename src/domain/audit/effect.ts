// What an operation does, by its name: AWS's verbs are regular. What is not known to read is taken to change.

const READS = /^(?:Get|List|Describe|BatchGet|BatchCheck|Head|Ping|Lookup|Simulate|Validate|Preview)/;

/** Reads that give out credentials. */
const CREDENTIALS = /^(?:GetAuthorizationToken|GetSessionToken|GetFederationToken|AssumeRole\w*)$/;

/**
 * `read`: changes nothing. `credentials`: changes nothing, but who called holds a new credential afterwards.
 * `change`: everything else.
 */
export type Effect = 'read' | 'credentials' | 'change';

export function effectOf(operation: string): Effect {
  if (CREDENTIALS.test(operation)) return 'credentials';
  return READS.test(operation) ? 'read' : 'change';
}
