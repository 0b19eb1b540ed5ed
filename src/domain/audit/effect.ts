// What an operation does, by its name: AWS's verbs are regular. What is not known to read is taken to change.

const READS = /^(?:Get|List|Describe|BatchGet|BatchCheck|Head|Ping|Lookup|Simulate|Validate|Preview)/;

/** Reads that give out credentials. */
const CREDENTIALS = /^(?:GetAuthorizationToken|GetSessionToken|GetFederationToken|AssumeRole\w*)$/;

/** By operation. More than there are operations: somebody makes names up, which are looked at each time. */
const effects = new Map<string, Effect>();
const MAX_EFFECTS = 1000;

/**
 * `read`: changes nothing. `credentials`: changes nothing, but who called holds a new credential afterwards.
 * `change`: everything else.
 */
export type Effect = 'read' | 'credentials' | 'change';

export function effectOf(operation: string): Effect {
  const known = effects.get(operation);
  if (known !== undefined) return known;
  const effect = CREDENTIALS.test(operation) ? 'credentials' : READS.test(operation) ? 'read' : 'change';
  if (effects.size < MAX_EFFECTS) effects.set(operation, effect);
  return effect;
}
