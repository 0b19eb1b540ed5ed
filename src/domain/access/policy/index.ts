// Door of policy evaluation: from a document's text to the answer "may this principal do this?".
export type {
  CompiledPolicy,
  CompilePolicy,
  ContextLookup,
  ContextValue,
  DecidedBy,
  Evaluate,
  EvaluationInput,
  NamedPolicy,
  PolicyDecision,
  PolicyKind,
  PolicyType,
  PrincipalFacts,
} from './types.ts';
