/**
 * Plans for mutations whose situation the drawn faults produce too rarely: the first
 * failure that the seed draws, with the faults that it takes. The product without a patch is run
 * with the same plans and must keep every invariant.
 */
import { type Fault, FaultKind, type RunPlan } from '../run/faults.ts';

type Direct = (plan: RunPlan) => RunPlan;
type Added = Omit<Fault, 'number'>;

const SPACING_MS = 9_000;

/**
 * Two replicas that stand still in turn for longer than a lease, while the database answers slowly:
 * one of them wakes between a look and its effect, and the lease has gone to the other one.
 */
const sleepyReplicas: Direct = (plan) => withFaults({ ...plan, replicas: 2 }, naps(plan));

/** The same, and the wall clocks of both are set back again and again. */
const sleepyReplicasWithoutTime: Direct = (plan) => {
  const jumps = Array.from({ length: 12 }, (_, index) => ({
    kind: FaultKind.clockJump,
    atMs: firstFailure(plan).atMs + (index + 1) * SPACING_MS,
    forMs: 0,
    subject: 1 + (index % 2),
    how: 'back',
    amount: 0,
  }));
  return withFaults({ ...plan, replicas: 2 }, [...naps(plan), ...jumps]);
};

function naps(plan: RunPlan): readonly Added[] {
  const fromMs = firstFailure(plan).atMs;
  const none = { subject: 1, amount: 0.6 };
  const slow = { ...none, kind: FaultKind.store, atMs: fromMs, forMs: 150_000, how: 'slow' };
  const pauses = Array.from({ length: 12 }, (_, index) => ({
    ...none,
    kind: FaultKind.replicaPaused,
    atMs: fromMs + index * SPACING_MS + ((plan.seed * 997) % SPACING_MS),
    forMs: 7_500,
    subject: 1 + (index % 2),
    how: 'once',
  }));
  return [slow, ...pauses];
}

/** Calls whose answers never come, and which land after the caller has given them up. */
const lateCalls: Direct = (plan) => {
  const { atMs } = firstFailure(plan);
  const late = { kind: FaultKind.nova, atMs, forMs: 150_000, subject: 1 };
  return withFaults(plan, [{ ...late, how: 'late-writes', amount: 0.4 }]);
};

const DIRECTED: Readonly<Record<string, Direct>> = {
  'call-repeated-at-once': lateCalls,
  'crash-forgets-call': lateCalls,
  'late-renewal-counts': sleepyReplicas,
  'lease-by-wall-clock': sleepyReplicasWithoutTime,
  'refused-renewal-ignored': sleepyReplicas,
};

export const isDirected = (mutation: string): boolean => DIRECTED[mutation] !== undefined;

/** Of the mutations, one for each kind of directed plans. */
export function differentPlans(mutations: readonly string[]): readonly string[] {
  const kinds = new Map(mutations.filter(isDirected).map((name) => [DIRECTED[name], name]));
  return [...kinds.values()];
}

/** The drawn plan, with what the mutation needs. */
export function directPlan(mutation: string, plan: RunPlan): RunPlan {
  return DIRECTED[mutation]?.(plan) ?? plan;
}

/** The first failure of the drawn plan and these faults: little else hides what they show. */
function withFaults(plan: RunPlan, added: readonly Added[]): RunPlan {
  const first = firstFailure(plan);
  const more = added.map((fault, index) => ({ ...fault, number: first.number + 1 + index }));
  const faults = [first, ...more].toSorted((a, b) => a.atMs - b.atMs || a.number - b.number);
  return { ...plan, faults };
}

/** The lost host that every drawn plan has. */
function firstFailure(plan: RunPlan): Fault {
  const first = plan.faults.find((fault) => fault.number === 0);
  if (first === undefined) throw new Error(`the plan of seed ${plan.seed} loses no host`);
  return first;
}
