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

/** Operators evacuate what is left, one instance after the other, while the database is slow. */
const operatorsBeside: Direct = (plan) => {
  const { atMs } = firstFailure(plan);
  const slow = {
    kind: FaultKind.store,
    atMs,
    forMs: 150_000,
    subject: 1,
    how: 'slow',
    amount: 0.9,
  };
  const evacuations = Array.from({ length: 12 }, (_, index) => ({
    kind: FaultKind.operatorEvacuates,
    atMs: atMs + 15_000 + index * 5_000 + ((plan.seed * 997) % 5_000),
    forMs: 0,
    subject: 1,
    how: index % 3 === 0 ? 'all' : 'one',
    amount: 0,
  }));
  return withFaults({ ...plan, instancesPerHost: 4 }, [slow, ...evacuations]);
};

/** The host is back while its incident goes on, because no other host has room. */
const returnsTooEarly: Direct = (plan) => {
  const { atMs } = firstFailure(plan);
  const full = { kind: FaultKind.noRoom, forMs: 150_000, subject: 1, how: 'all', amount: 0 };
  const back = { kind: FaultKind.crash, forMs: 1_000, subject: 1, how: 'returns', amount: 0 };
  const afterMs = 20_000 + ((plan.seed * 997) % 40_000);
  return withFaults(plan, [
    { ...full, atMs },
    { ...back, atMs: atMs + afterMs },
  ]);
};

/** The same, and an operator clears what was forced down while the next try is waited for. */
const clearedTooEarly: Direct = (plan) => {
  const early = returnsTooEarly(plan);
  const { atMs } = firstFailure(plan);
  const clears = Array.from({ length: 10 }, (_, index) => ({
    kind: FaultKind.forcedDownCleared,
    atMs: atMs + 75_000 + index * 6_000 + ((plan.seed * 997) % 6_000),
    forMs: 0,
    subject: 1,
    how: 'once',
    amount: 0,
  }));
  const others = early.faults.filter((fault) => fault.number !== firstFailure(plan).number);
  return withFaults({ ...plan, fencing: 'trusted', storage: 'shared' }, [...others, ...clears]);
};

/** The cell of the lost host goes down and comes back all the time. */
const flickeringCell: Direct = (plan) => {
  const { atMs } = firstFailure(plan);
  const flickers = Array.from({ length: 30 }, (_, index) => ({
    kind: FaultKind.cellDown,
    atMs: atMs + 8_000 + index * 2_000 + ((plan.seed * 997) % 2_000),
    forMs: 1_000,
    subject: 1,
    how: 'one',
    amount: 0,
  }));
  return withFaults(plan, flickers);
};

/** Slow hosts are drained as the host dies to which some of their instances go. */
const lateArrivals: Direct = (plan) => {
  const { atMs } = firstFailure(plan);
  const drains = [2, 3, 4].flatMap((subject) => [
    {
      kind: FaultKind.slowCompute,
      atMs: atMs - 10_000,
      forMs: 120_000,
      subject,
      how: 'acts',
      amount: 0.2 + (plan.seed % 5) / 5,
    },
    {
      kind: FaultKind.operatorMoves,
      atMs: atMs - 1_000,
      forMs: 0,
      subject,
      how: 'cold',
      amount: 0,
    },
  ]);
  return withFaults(plan, drains);
};

/** Two hosts are lost in the same moment, and there is one reserved host for both. */
const twoForOneReserved: Direct = (plan) => {
  const { atMs, kind } = firstFailure(plan);
  const second = { kind, atMs, forMs: 0, subject: 2, how: 'stays', amount: 0 };
  const method = { recoveryMethod: 'rh_priority', reserved: 1 } as const;
  return withFaults({ ...plan, ...method, fencing: 'trusted', storage: 'shared' }, [second]);
};

/** The one reserved host has no room: it is tried, and not needed. */
const fullReserved: Direct = (plan) => {
  const atMs = firstFailure(plan).atMs - 5_000;
  const subject = plan.hosts + 1;
  const full = { kind: FaultKind.noRoom, atMs, forMs: 120_000, subject, how: 'one', amount: 0 };
  const method = { recoveryMethod: 'rh_priority', reserved: 1 } as const;
  return withFaults({ ...plan, ...method, storage: 'shared' }, [full]);
};

/** Guests die, and their owners stop the instances before their monitors are heard. */
const stoppedAfterCrash: Direct = (plan) => {
  const none = { forMs: 0, amount: 0 };
  const faults = [1, 2, 3, 4].flatMap((subject) => [
    { ...none, kind: FaultKind.guestCrash, atMs: 21_000, subject, how: 'seen-first' },
    { ...none, kind: FaultKind.owner, atMs: 22_500, subject, how: 'stop' },
  ]);
  return withFaults({ ...plan, instancesPerHost: 4, storage: 'shared' }, faults);
};

/** Processes of every host fail for as long as a run has faults. */
const failingProcesses: Direct = (plan) => {
  const faults = Array.from({ length: plan.hosts }, (_, index) => ({
    kind: FaultKind.processFailure,
    atMs: 30_000 + index * 3_000,
    forMs: 180_000,
    subject: index + 1,
    how: 'compute',
    amount: 0,
  }));
  return withFaults(plan, faults);
};

const DIRECTED: Readonly<Record<string, Direct>> = {
  'arrivals-left-behind': lateArrivals,
  'call-repeated-at-once': lateCalls,
  'crash-forgets-call': lateCalls,
  'forced-down-again-blindly': clearedTooEarly,
  'late-renewal-counts': sleepyReplicas,
  'owners-stop-not-asked': stoppedAfterCrash,
  'process-report-mutes-the-host': failingProcesses,
  'lease-by-wall-clock': sleepyReplicasWithoutTime,
  'refused-renewal-ignored': sleepyReplicas,
  'reservation-not-unique': twoForOneReserved,
  'reserved-host-kept': fullReserved,
  'return-in-an-incident': returnsTooEarly,
  'stale-facts-acted-on': operatorsBeside,
  'unseen-cell-taken-as-empty': flickeringCell,
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
