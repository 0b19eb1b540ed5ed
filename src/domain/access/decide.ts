// Every decision passes here: of the surfaces, of the signing plan, of a role's trust. Whoever keeps a record of
// decisions listens here.
import { type EvaluationInput, evaluate, type PolicyDecision } from './policy/index.ts';

export type Decision = PolicyDecision;

export type Decide = (input: EvaluationInput) => Decision;

/** `observe` is told of every decision; it must not throw. */
export function makeDecide(observe: (input: EvaluationInput, decision: Decision) => void = () => {}): Decide {
  return (input) => {
    const decision = evaluate(input);
    observe(input, decision);
    return decision;
  };
}
