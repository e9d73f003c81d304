/** What directed plans of mutations are made of: the first failure of a drawn plan, and others. */
import type { Fault, RunPlan } from '../run/faults.ts';

export type Direct = (plan: RunPlan) => RunPlan;
export type Added = Omit<Fault, 'number'>;

/** The first failure of the drawn plan and these faults: little else hides what they show. */
export function withFaults(plan: RunPlan, added: readonly Added[]): RunPlan {
  const first = firstFailure(plan);
  const more = added.map((fault, index) => ({ ...fault, number: first.number + 1 + index }));
  const faults = [first, ...more].toSorted((a, b) => a.atMs - b.atMs || a.number - b.number);
  return { ...plan, faults };
}

/** The lost host that every drawn plan has. */
export function firstFailure(plan: RunPlan): Fault {
  const first = plan.faults.find((fault) => fault.number === 0);
  if (first === undefined) throw new Error(`the plan of seed ${plan.seed} loses no host`);
  return first;
}
