/**
 * Plans for mutations whose situation the drawn faults produce too rarely: the first
 * failure that the seed draws, with the faults that it takes. The product without a patch is run
 * with the same plans and must keep every invariant.
 */
import { FaultKind, type RunPlan } from '../run/faults.ts';
import { oldSuccess, oneFeedStuck, spentReset, spentWord } from './fencing-plans.ts';
import { repairedSoon, wishedOrder } from './order-plans.ts';
import { type Added, type Direct, firstFailure, withFaults } from './plan-with-faults.ts';
import { evacuatedInLine, failsBesideAnother } from './rival-plans.ts';

const SPACING_MS = 9_000;

/**
 * Two replicas that stand still in turn for longer than a lease, while the database answers slowly:
 * one of them wakes between a look and its effect, and the lease has gone to the other one.
 */
const sleepyReplicas: Direct = (plan) => withFaults({ ...plan, replicas: 2 }, naps(plan));

/** The same, with hooks that take their time. */
const sleepyReplicasWithHooks: Direct = (plan) => ({ ...sleepyReplicas(plan), hasHooks: true });

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

/**
 * The cell of the lost host goes down and comes back all the time from when its death is known: a
 * host out of sight is not found dead. Hooks take their time between that and the plan.
 */
const flickeringCell: Direct = (plan) => {
  const fromMs = firstFailure(plan).atMs + 15_500 + ((plan.seed * 997) % 2_000);
  const flickers = Array.from({ length: 60 }, (_, index) => ({
    kind: FaultKind.cellDown,
    atMs: fromMs + index * 800,
    forMs: 400,
    subject: 1,
    how: 'one',
    amount: 0,
  }));
  const world = { fencing: 'trusted', storage: 'shared', hasHooks: true } as const;
  return withFaults({ ...plan, ...world }, flickers);
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

/** Three hosts with many instances are lost within seconds, and few may be evacuated at once. */
const crowdedCloud: Direct = (plan) => {
  const { atMs, kind } = firstFailure(plan);
  const lost = { kind, forMs: 0, how: 'stays', amount: 0 };
  const more = [2, 3].map((subject) => {
    return { ...lost, subject, atMs: atMs + ((plan.seed * 997 * subject) % 4_000) };
  });
  const size = { hosts: 7, instancesPerHost: 12, replicas: 1, openEvacuations: 3 };
  const method = { recoveryMethod: 'auto', reserved: 0 } as const;
  return withFaults({ ...plan, ...size, ...method, fencing: 'trusted', storage: 'shared' }, more);
};

/** The operator pauses the recovery early, and for longer than calls are on their way. */
const pausedEarly: Direct = (plan) => {
  const { atMs, subject } = firstFailure(plan);
  const none = { subject, amount: 0 };
  const full = { ...none, kind: FaultKind.noRoom, atMs: 1_000, forMs: atMs + 40_000, how: 'all' };
  const afterMs = (plan.seed * 997) % 30_000;
  return withFaults(plan, [
    full,
    { ...none, kind: FaultKind.steering, atMs: atMs + afterMs, forMs: 90_000, how: 'pause' },
  ]);
};

/** The host is repaired soon, and operators move what has left it on before that. */
const movedOn: Direct = (plan) => {
  const { atMs } = firstFailure(plan);
  const none = { subject: 1, amount: 0 };
  const back = { ...none, kind: FaultKind.crash, atMs: atMs + 130_000, forMs: 1_000 };
  const moves = Array.from({ length: plan.hosts - 1 }, (_, index) => ({
    ...{ kind: FaultKind.operatorMoves, forMs: 0, how: 'live', amount: 0, subject: index + 2 },
    atMs: atMs + 80_000 + index * 20_000,
  }));
  const world = { fencing: 'trusted', storage: 'shared', movesBack: true } as const;
  return withFaults({ ...plan, ...world, recoveryMethod: 'auto', reserved: 0 }, [
    { ...back, how: 'returns' },
    ...moves,
  ]);
};

const DIRECTED: Readonly<Record<string, Direct>> = {
  'arrivals-left-behind': lateArrivals,
  'call-repeated-at-once': lateCalls,
  'crash-forgets-call': lateCalls,
  'enabled-without-approval': repairedSoon,
  'forced-down-again-blindly': clearedTooEarly,
  'half-off-is-off': oneFeedStuck,
  'hook-without-the-lease': sleepyReplicasWithHooks,
  'late-renewal-counts': sleepyReplicas,
  'one-host-takes-all': crowdedCloud,
  'move-back-of-moved-on-instance': movedOn,
  'old-event-is-proof': oldSuccess,
  'older-evacuation-forgotten': failsBesideAnother,
  'order-ignored': wishedOrder,
  'operators-word-outlives-life': spentWord,
  'owners-stop-not-asked': stoppedAfterCrash,
  'pace-unbounded': crowdedCloud,
  'pause-ignored': pausedEarly,
  'process-report-mutes-the-host': failingProcesses,
  'lease-by-wall-clock': sleepyReplicasWithoutTime,
  'refused-renewal-ignored': sleepyReplicas,
  'reservation-not-unique': twoForOneReserved,
  'reserved-host-kept': fullReserved,
  'reset-never-spent': spentReset,
  'return-in-an-incident': returnsTooEarly,
  'stale-facts-acted-on': evacuatedInLine,
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
