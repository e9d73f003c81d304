/**
 * The smallest list of faults with which a run still breaks the same invariant: each fault is
 * dropped in turn, and stays away when the violation stays.
 */
import type { Fault, RunPlan } from './faults.ts';
import { type RunResult, runPlan } from './seeded-run.ts';

export interface MinimisedRun {
  readonly faults: readonly Fault[];
  readonly result: RunResult;
}

export async function minimise(failed: RunResult): Promise<MinimisedRun> {
  const broken = failed.violations[0]?.invariant;
  let best = failed;
  for (const fault of failed.plan.faults) {
    const faults = best.plan.faults.filter((one) => one.number !== fault.number);
    const plan: RunPlan = { ...best.plan, faults };
    const result = await runPlan(plan);
    if (result.violations.some((one) => one.invariant === broken)) best = result;
  }
  return { faults: best.plan.faults, result: best };
}
