/**
 * How an instance leaves a host that is drained, by the state in which Nova has it. The table is
 * the one that the engine uses, and `docs/reference/drain-states.md` is generated from it.
 *
 * | treatment | meaning |
 * | --- | --- |
 * | live | migrated live: its guest goes on |
 * | cold | moved by a cold migration, which is confirmed |
 * | wait | somebody is at work on it: waited for |
 * | leave | it stays, and the host counts as empty all the same: there is no guest, nor will be |
 * | stay | Nova cannot move it: the host does not become empty |
 */

export type DrainTreatment = 'live' | 'cold' | 'wait' | 'leave' | 'stay';

export interface DrainStateTreatment {
  readonly vmState: string;
  readonly treatment: DrainTreatment;
  /** For people: why, and what can be done about it. */
  readonly reason: string;
}

export const DRAIN_TREATMENTS: readonly DrainStateTreatment[] = [
  { vmState: 'active', treatment: 'live', reason: 'its guest goes on at the destination' },
  { vmState: 'paused', treatment: 'live', reason: 'it stays paused at the destination' },
  { vmState: 'stopped', treatment: 'cold', reason: 'it stays stopped at the destination' },
  {
    vmState: 'resized',
    treatment: 'wait',
    reason: 'its resize waits to be confirmed or reverted, by its owner or an operator',
  },
  { vmState: 'building', treatment: 'wait', reason: 'it is being built' },
  {
    vmState: 'suspended',
    treatment: 'stay',
    reason: 'Nova moves no suspended instance; have it resumed or shelved',
  },
  {
    vmState: 'rescued',
    treatment: 'stay',
    reason: 'Nova moves no instance in rescue; have it unrescued',
  },
  {
    vmState: 'error',
    treatment: 'stay',
    reason: 'Nova moves no instance in error; have it started, rebuilt or deleted',
  },
  {
    vmState: 'shelved',
    treatment: 'leave',
    reason: 'it is shelved: its guest is off, and its image is kept',
  },
  { vmState: 'shelved_offloaded', treatment: 'leave', reason: 'it is shelved, and on no host' },
  { vmState: 'soft-delete', treatment: 'leave', reason: 'its owner has deleted it' },
  { vmState: 'deleted', treatment: 'leave', reason: 'it is deleted' },
];

const BY_STATE = new Map(DRAIN_TREATMENTS.map((one) => [one.vmState, one]));

/** A state that Nova may add one day stays: nobody knows how to move it. */
export const drainTreatmentOf = (vmState: string): DrainStateTreatment =>
  BY_STATE.get(vmState) ?? {
    vmState,
    treatment: 'stay',
    reason: `nothing is known of the state ${vmState}`,
  };

/** Whether an instance that is on the host keeps it from being empty. */
export const keepsHostBusy = (vmState: string): boolean =>
  drainTreatmentOf(vmState).treatment !== 'leave';
