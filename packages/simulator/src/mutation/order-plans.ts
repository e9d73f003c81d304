/** Directed plans for the order of a recovery and for the way back to service. */
import { FaultKind } from '../run/faults.ts';
import { type Direct, firstFailure, withFaults } from './plan-with-faults.ts';

/** One host with many instances of different priorities, and few may be evacuated at once. */
export const wishedOrder: Direct = (plan) => {
  const size = { hosts: 5, instancesPerHost: 14, replicas: 1, openEvacuations: 3 };
  const method = { recoveryMethod: 'auto', reserved: 0, hasHooks: false } as const;
  const world = { fencing: 'trusted', storage: 'shared', hasWishes: true } as const;
  return withFaults({ ...plan, ...size, ...method, ...world }, []);
};

/** The host is repaired soon; nobody approves its return before all faults have ceased. */
export const repairedSoon: Direct = (plan) => {
  const atMs = firstFailure(plan).atMs + 90_000 + ((plan.seed * 997) % 30_000);
  const back = { kind: FaultKind.crash, atMs, forMs: 1_000, subject: 1, how: 'returns', amount: 0 };
  const world = { fencing: 'trusted', storage: 'shared', movesBack: true } as const;
  const method = { recoveryMethod: 'auto', reserved: 0 } as const;
  return withFaults({ ...plan, ...world, ...method }, [back]);
};
