// Door of policy evaluation: from a document's text to the answer "may this principal do this?".
export { compilePolicy } from './compile.ts';
export { evaluate } from './evaluate.ts';
export type {
  CompiledPolicy,
  ContextLookup,
  ContextValue,
  DecidedBy,
  EvaluationInput,
  NamedPolicy,
  PolicyDecision,
  PolicyKind,
  PolicyType,
  PrincipalFacts,
} from './types.ts';
