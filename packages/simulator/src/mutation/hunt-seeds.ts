/** Looks through seeds for one that breaks an invariant, with the plans of a mutation. */
import { messageOf } from '@medevac/kernel';
import { faultLine } from '../run/faults.ts';
import { planOf, runPlan } from '../run/seeded-run.ts';
import { directPlan } from './directed-plans.ts';

export interface HuntRequest {
  readonly seeds: number;
  readonly from: number;
  /** Name of the mutation whose plans are used; `null`: as they are drawn. */
  readonly plansOf: string | null;
}

export interface Catch {
  readonly seed: number;
  readonly invariant: string;
  readonly text: string;
  readonly faults: readonly string[];
}

export interface Hunt {
  readonly seeds: number;
  readonly caught: Catch | null;
}

/** Ends at the first violation. */
export async function huntSeeds({ seeds, from, plansOf }: HuntRequest): Promise<Hunt> {
  for (let seed = from; seed < from + seeds; seed++) {
    const drawn = planOf(seed);
    const plan = plansOf === null ? drawn : directPlan(plansOf, drawn);
    const faults = plan.faults.map(faultLine);
    try {
      const [first] = (await runPlan(plan)).violations;
      if (first === undefined) continue;
      const { invariant, text } = first;
      return { seeds: seed - from + 1, caught: { seed, invariant, text, faults } };
    } catch (error) {
      const caught = { seed, invariant: 'the-run-itself-works', text: messageOf(error), faults };
      return { seeds: seed - from + 1, caught };
    }
  }
  return { seeds, caught: null };
}
