/** Plans for the mutations of what counts as a confirmation. */
import { FaultKind, type RunPlan } from '../run/faults.ts';
import { type Added, type Direct, firstFailure, withFaults } from './plan-with-faults.ts';

/** A host with two feeds hangs, and one of its feeds cannot be switched off. */
export const oneFeedStuck: Direct = (plan) => {
  const { atMs } = firstFailure(plan);
  const none = { subject: 2, amount: 0 };
  return withFaults({ ...plan, fencing: 'dual', storage: 'shared' }, [
    { ...none, kind: FaultKind.feed, atMs: atMs - 5_000, forMs: 180_000, how: 'feed-b stuck' },
    { ...none, kind: FaultKind.hang, atMs, forMs: 150_000, how: 'reported' },
  ]);
};

/** A success of the past stands in the history of another fencer when the host hangs. */
export const oldSuccess: Direct = (plan) => {
  const { atMs } = firstFailure(plan);
  const none = { subject: 2, amount: 0 };
  const imports = { fencing: 'power', importsFencing: true, storage: 'shared' } as const;
  return withFaults({ ...plan, ...imports }, [
    { ...none, kind: FaultKind.peerFencing, atMs: atMs - 4_000, forMs: 0, how: 'stale' },
    { ...none, kind: FaultKind.bmc, atMs: atMs - 3_000, forMs: 180_000, how: 'unreachable' },
    { ...none, kind: FaultKind.hang, atMs, forMs: 150_000, how: 'reported' },
  ]);
};

/**
 * The guests of a host die, and somebody outside has seen it. There is no room; the host comes back
 * and reports, hangs then, and is reported again before there is room.
 */
const diesTwice = (plan: RunPlan, word: Added): RunPlan => {
  const { atMs } = firstFailure(plan);
  const none = { subject: 1, amount: 0 };
  const twice = [
    { ...none, kind: FaultKind.noRoom, atMs: atMs - 1_000, forMs: 151_000, how: 'all' },
    { ...none, kind: FaultKind.switchedOn, atMs: atMs + 35_000, forMs: 0, how: 'once' },
    { ...none, kind: FaultKind.hang, atMs: atMs + 100_000, forMs: 80_000, how: 'reported' },
  ];
  return withFaults({ ...plan, storage: 'shared', recoveryMethod: 'auto', reserved: 0 }, [
    word,
    ...twice,
  ]);
};

export const spentReset: Direct = (plan) => {
  const { atMs } = firstFailure(plan);
  const reset = { kind: FaultKind.peerFencing, subject: 1, amount: 0, how: 'reset' };
  const stuck = { fencing: 'levels', importsFencing: true } as const;
  return diesTwice({ ...plan, ...stuck }, { ...reset, atMs: atMs + 1_000, forMs: 34_000 });
};

export const spentWord: Direct = (plan) => {
  const { atMs } = firstFailure(plan);
  const word = { kind: FaultKind.operatorConfirms, subject: 1, amount: 0, how: 'true' };
  const given = { ...word, atMs: atMs + 30_000, forMs: 0 };
  return diesTwice({ ...plan, fencing: 'required', importsFencing: false }, given);
};
