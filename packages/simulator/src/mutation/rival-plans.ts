/** Plans for the mutations of what somebody else has begun beside the product. */
import { FaultKind, type RunPlan } from '../run/faults.ts';
import { type Added, type Direct, firstFailure, withFaults } from './plan-with-faults.ts';

const NONE = { forMs: 0, amount: 0 };

/** One fault of every host beside the first. */
const ofOthers = ({ hosts }: RunPlan, fault: Omit<Added, 'subject'>): readonly Added[] =>
  Array.from({ length: hosts - 1 }, (_, index) => ({ ...fault, subject: index + 2 }));

/** What is begun at the other hosts stays open: for one minute with 1, for four with 6. */
const slowHosts = (plan: RunPlan, amount: number): readonly Added[] => {
  const { atMs } = firstFailure(plan);
  const slow = { kind: FaultKind.slowCompute, atMs, forMs: 180_000, how: 'acts', amount };
  return ofOthers(plan, slow);
};

/** One instance may be evacuated at a time; operators evacuate those that stand in line. */
export const evacuatedInLine: Direct = (plan) => {
  const { atMs } = firstFailure(plan);
  const evacuations = [0, 1, 2].map((index) => ({
    ...{ ...NONE, kind: FaultKind.operatorEvacuates, subject: 1, how: 'all' },
    atMs: atMs + 30_000 + index * 20_000 + ((plan.seed * 997) % 20_000),
  }));
  // The second replica doubles the bound: what an operator has just begun does not break it.
  const size = { instancesPerHost: 6, replicas: 2, openEvacuations: 1 } as const;
  const method = { recoveryMethod: 'auto', reserved: 0, hasHooks: false } as const;
  const world = { ...size, ...method, fencing: 'trusted', storage: 'shared' } as const;
  return withFaults({ ...plan, ...world }, [...slowHosts(plan, 1), ...evacuations]);
};

/** From the failure until there is room, and until the product has seen it and made its calls. */
const ROOM_MS = 45_000;
const CALLED_MS = ROOM_MS + 18_000;

/**
 * The first calls land late, and beside evacuations that an operator has begun meanwhile. Those go
 * on for minutes; the late ones fail, because no host can claim anything more.
 */
export const failsBesideAnother: Direct = (plan) => {
  const { atMs } = firstFailure(plan);
  const [calledMs, roomMs] = [atMs + CALLED_MS, atMs + ROOM_MS];
  const late = { kind: FaultKind.nova, atMs: roomMs, forMs: calledMs - roomMs, amount: 1 };
  const failing = { kind: FaultKind.failedClaims, atMs: calledMs + 8_000, how: 'once' };
  const size = { instancesPerHost: 2, replicas: 1, recoveryMethod: 'auto', reserved: 0 } as const;
  const world = { ...size, fencing: 'trusted', storage: 'shared', hasHooks: false } as const;
  return withFaults({ ...plan, ...world }, [
    { kind: FaultKind.noRoom, atMs, forMs: ROOM_MS, subject: 1, how: 'all', amount: 0 },
    { ...late, subject: 1, how: 'late-writes' },
    { ...NONE, kind: FaultKind.operatorEvacuates, atMs: calledMs, subject: 1, how: 'all' },
    ...slowHosts(plan, 6),
    ...ofOthers(plan, { ...failing, forMs: 0, amount: 10 }),
  ]);
};
