// Questions and answers of SimulatePrincipalPolicy.
import type { DecidedBy, Simulation, SimulationResult } from '../../domain/access/index.ts';
import type * as wire from './generated/types.ts';

export function questionOf(
  input: wire.SimulatePrincipalPolicyRequest,
): Omit<Simulation, 'accountId' | 'callerId' | 'actions' | 'resources' | 'after' | 'limit'> {
  return {
    sourceArn: input.PolicySourceArn,
    policies: input.PolicyInputList ?? [],
    boundaries: input.PermissionsBoundaryPolicyInputList ?? [],
    resourcePolicy: input.ResourcePolicy,
    resourceOwner: input.ResourceOwner,
    callerArn: input.CallerArn,
    context: (input.ContextEntries ?? []).map(({ ContextKeyName, ContextKeyValues }) => ({
      key: ContextKeyName ?? '',
      values: ContextKeyValues ?? [],
    })),
  };
}

function sourceType({ type, policy }: DecidedBy): wire.PolicySourceType {
  if (type === 'resource-based policy') return 'resource';
  if (policy.startsWith('arn:aws:iam::aws:')) return 'aws-managed';
  const [, kind] = /^arn:aws:iam::\d{12}:(user|group|role)\//.exec(policy) ?? [];
  return kind === undefined ? 'user-managed' : (kind as wire.PolicySourceType);
}

export function resultShape(result: SimulationResult): wire.EvaluationResult {
  const { action, resource, decision, missing, allowedByBoundary } = result;
  const { by } = decision;
  return {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: decision.allowed ? 'allowed' : decision.explicit ? 'explicitDeny' : 'implicitDeny',
    MatchedStatements:
      by === undefined ? [] : [{ SourcePolicyId: by.policy, SourcePolicyType: sourceType(by) }],
    MissingContextValues: missing,
    ...(allowedByBoundary === undefined
      ? {}
      : { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: allowedByBoundary } }),
  };
}
